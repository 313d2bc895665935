// SPDX-License-Identifier: Apache-2.0
#include "serializers/spec/spec_writer.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/bind/dim_name.h"

namespace retrace::serializers {
namespace {

using Json = nlohmann::ordered_json;
using bind::SpecTree;

class SpecWriter {
 public:
  std::string write(const bind::DynamicSpec& spec) {
    Json root;
    root["dynamic_shapes"] = spec.shapes ? tree(*spec.shapes) : Json();
    Json& dims = root["dims"] = Json::object();
    for (const auto& [name, range] : spec.dims) {
      Json& dim = dims[name];
      dim["min"] = range.min;
      dim["max"] = range.max ? Json(*range.max) : Json();
      dim["derived"] = derived_[name];
    }
    return root.dump(2) + "\n";
  }

 private:
  Json dim(const bind::DimSpec& spec) {
    if (const auto* size = std::get_if<std::int64_t>(&spec)) return *size;
    if (const auto* hint = std::get_if<bind::DimHint>(&spec)) {
      constexpr const char* kWords[] = {"_DimHint.AUTO", "_DimHint.DYNAMIC", "_DimHint.STATIC"};
      return kWords[static_cast<int>(hint->kind)];
    }
    if (const auto* named = std::get_if<bind::Dim>(&spec)) {
      const std::string name = bind::dim_name(*named);
      if (bind::is_derived(*named)) derived_[named->root].insert(name);
      return name;
    }
    return nullptr;
  }

  /// As deep as the inputs' tree, which is limited.
  Json tree(const SpecTree& spec) {
    if (spec.kind == SpecTree::Kind::kNone) return nullptr;
    if (spec.kind == SpecTree::Kind::kDim) return dim(spec.dim);
    const bool by_key = spec.kind == SpecTree::Kind::kMap || spec.kind == SpecTree::Kind::kIndexMap;
    Json out = by_key ? Json::object() : Json::array();
    for (std::size_t i = 0; i < spec.items.size(); ++i) {
      if (spec.kind == SpecTree::Kind::kMap)
        out[spec.keys[i]] = tree(spec.items[i]);
      else if (spec.kind == SpecTree::Kind::kIndexMap)
        out[std::to_string(spec.indices[i])] = tree(spec.items[i]);
      else
        out.push_back(tree(spec.items[i]));
    }
    return out;
  }

  std::map<std::string, std::set<std::string>> derived_;
};

}  // namespace

std::string write_spec(const bind::DynamicSpec& spec) { return SpecWriter().write(spec); }

}  // namespace retrace::serializers
