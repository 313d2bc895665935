// SPDX-License-Identifier: Apache-2.0
#include "serializers/reports/sarif.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/batch/tally.h"
#include "core/hash/digest.h"
#include "serializers/program/json_sink.h"
#include "serializers/reports/clean_text.h"

namespace retrace::serializers {
namespace {

using batch::Row;

constexpr std::size_t kMaxMessage = 2000;

/// RFC 3986: a relative reference, or a file URI where the path is absolute.
std::string uri(std::string_view path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void text_object(JsonSink& json, const char* key, std::string_view text) {
  json.key(key).object([&] { json.key("text").text(clean_text(text)); });
}

const char* level(Outcome o) {
  if (o == Outcome::kExpected) return "note";
  return o == Outcome::kUnexpectedPass || o == Outcome::kNotAsLocked ? "warning" : "error";
}

std::string message(const Row& row) {
  std::string out = title_of(row) + ": " + outcome_name(outcome(row));
  if (!row.finding.operator_name.empty()) out += " at " + row.finding.operator_name;
  return cut_text(out + ": " + message_of(row), kMaxMessage);
}

/// Program, mode and place in it: where the finding is, whatever else changes.
std::string structural_path(const Row& row) {
  std::string out = label(row) + "/" + std::string(batch::mode_name(row.mode));
  return row.finding.node.empty() ? out : out + "/" + row.finding.node;
}

void write_rules(JsonSink& json) {
  json.key("rules").array(finding_helps(), [&](const FindingHelp& finding) {
    json.object([&] {
      json.key("id").text(finding.rule);
      json.key("name").text(finding.rule);
      text_object(json, "shortDescription", finding.help);
      text_object(json, "fullDescription", finding.help);
      text_object(json, "help", finding.help);
    });
  });
}

void write_location(JsonSink& json, const Row& row) {
  json.object([&] {
    json.key("physicalLocation").object([&] {
      json.key("artifactLocation").object([&] { json.key("uri").text(uri(row.path)); });
      json.key("region").object([&] { json.key("startLine").integer(1); });
    });
    json.key("logicalLocations").open('[');
    json.object([&] {
      json.key("fullyQualifiedName").text(clean_text(structural_path(row)));
      if (row.finding.node.empty()) return;
      json.key("name").text(clean_text(row.finding.node));
      json.key("kind").text("member");
    });
    json.close(']');
  });
}

void write_result(JsonSink& json, const Row& row) {
  const std::string rule = rule_of(row);
  const auto& helps = finding_helps();
  const auto known = std::find_if(helps.begin(), helps.end(), [&](const auto& help) { return help.rule == rule; });
  const std::string print = hash::to_hex(hash::digest(rule + "\n" + structural_path(row)));
  json.object([&] {
    json.key("ruleId").text(clean_text(rule));
    if (known != helps.end()) json.key("ruleIndex").integer(known - helps.begin());
    json.key("level").text(level(outcome(row)));
    text_object(json, "message", message(row));
    json.key("locations").open('[');
    write_location(json, row);
    json.close(']');
    json.key("partialFingerprints").object([&] {
      json.key("primaryLocationLineHash").text(print);
      json.key("retraceFinding/v1").text(print);
    });
    if (outcome(row) != Outcome::kExpected) return;
    json.key("suppressions").open('[');
    json.object([&] {
      json.key("kind").text("external");
      json.key("justification").text(clean_text(row.expected_reason));
    });
    json.close(']');
  });
}

/// Says what was left out, so that nobody takes the list for the whole.
void write_invocation(JsonSink& json, std::uint64_t left_out) {
  json.key("invocations").open('[');
  json.object([&] {
    json.key("executionSuccessful").boolean(true);
    if (left_out == 0) return;
    json.key("toolExecutionNotifications").open('[');
    json.object([&] {
      json.key("level").text("note");
      text_object(json, "message", fmt::format("{} more results are left out, the worst are listed", left_out));
    });
    json.close(']');
  });
  json.close(']');
}

}  // namespace

void SarifReport::end() {
  const auto rows = worst_.rows();
  JsonSink json;
  json.object([&] {
    json.key("$schema").text("https://json.schemastore.org/sarif-2.1.0.json");
    json.key("version").text("2.1.0");
    json.key("runs").open('[');
    json.object([&] {
      json.key("tool").object([&] {
        json.key("driver").object([&] {
          json.key("name").text("retrace");
          json.key("version").text(clean_text(info_.tool_version));
          write_rules(json);
        });
      });
      json.key("columnKind").text("utf16CodeUnits");
      write_invocation(json, worst_.total() - worst_.count(Outcome::kSame) - rows.size());
      json.key("results").array(rows, [&](const Row* row) { write_result(json, *row); });
    });
    json.close(']');
  });
  output_(json.take() + "\n");
}

}  // namespace retrace::serializers
