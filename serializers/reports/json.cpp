// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/json.h"

#include <nlohmann/json.hpp>

#include "core/base/error_name.h"

namespace retrace::serializers {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json hash_json(const Hashes& hashes) {
  Json out;
  out["exact"] = hash::to_hex(hashes.exact);
  out["dataflow"] = hash::to_hex(hashes.dataflow);
  out["symbolic"] = hash::to_hex(hashes.symbolic);
  return out;
}

Json export_json(const ExportReport& report) {
  Json out;
  out["ok"] = !report.failure.has_value();
  if (report.hashes) out["hash"] = hash_json(*report.hashes);
  if (!report.failure) return out;
  out["stage"] = report.failure->stage;
  out["rule"] = or_null(report.rule);
  out["node"] = or_null(report.failure->node);
  out["type"] = error_name(report.failure->type);
  out["message"] = report.failure->message;
  return out;
}

Json differences_json(const diff::Comparison& comparison) {
  Json out = Json::array();
  for (const diff::Difference& d : comparison.differences) {
    Json one;
    one["rule"] = d.rule;
    one["level"] = level_name(d.level);
    one["where_a"] = or_null(d.where_a);
    one["where_b"] = or_null(d.where_b);
    one["a"] = or_null(d.a);
    one["b"] = or_null(d.b);
    one["count"] = d.count;
    out.push_back(std::move(one));
  }
  return out;
}

Json levels_json(const diff::Comparison& comparison) {
  Json out;
  out["exact"] = comparison.exact;
  out["dataflow"] = comparison.dataflow;
  out["symbolic"] = comparison.symbolic;
  return out;
}

Json recorded_json(const CheckResult& result) {
  Json out = Json::object();
  if (result.recorded_hashes) out["hash"] = hash_json(*result.recorded_hashes);
  if (result.recorded) {
    out["equal"] = levels_json(*result.recorded);
    out["differences"] = differences_json(*result.recorded);
  }
  return out;
}

Json timing_json(const Report& report) {
  const Timing& t = report.result.timing;
  Json out;
  out["read_ns"] = report.read_ns;
  out["export1_ns"] = t.export1_ns;
  out["rebuild_ns"] = t.rebuild_ns;
  out["export2_ns"] = t.export2_ns;
  out["hash_ns"] = t.hash_ns;
  out["diff_ns"] = t.diff_ns;
  out["total_ns"] = report.total_ns;
  return out;
}

std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string to_json(const Report& report, bool timing) {
  const CheckResult& result = report.result;
  Json out;
  out["file"] = report.file;
  if (!report.other.empty()) out["other"] = report.other;
  out["program"] = or_null(report.program);
  out["mode"] = or_null(report.mode);
  out["verdict"] = verdict_name(result.verdict);
  if (!report.trouble.empty()) out["message"] = report.trouble;
  out["exports"] = Json::array();
  for (const ExportReport& e : result.exports) out["exports"].push_back(export_json(e));
  out["recorded"] = recorded_json(result);
  if (result.drift) out["equal"] = levels_json(*result.drift);
  out["differences"] = result.drift ? differences_json(*result.drift) : Json::array();
  if (result.fixed_point) {
    out["rounds"]["asked"] = result.fixed_point->asked;
    out["rounds"]["fixed_at"] = result.fixed_point->round ? Json(*result.fixed_point->round) : Json();
  }
  out["assumed_ops"] = result.assumed_ops;
  out["notes"] = nlohmann::ordered_json::array();
  for (const Note& note : result.notes) out["notes"].push_back({{"rule", note.rule}, {"message", note.message}});
  if (timing) out["timing"] = timing_json(report);
  return text(out);
}

std::string hashes_to_json(const std::string& file, const std::string& program, const Hashes& hashes) {
  Json out;
  out["file"] = file;
  out["program"] = or_null(program);
  out["hash"] = hash_json(hashes);
  return text(out);
}

std::string trouble_to_json(const std::string& file, const std::string& message) {
  Json out;
  out["file"] = file;
  out["verdict"] = "trouble";
  out["message"] = message;
  return text(out);
}

}  // namespace retrace::serializers
