// SPDX-License-Identifier: Apache-2.0
// The lines of `_guards_fn` (UL _get_input_guards_for_graph, _force_ep_signature_match,
// _force_gm_signature_match, _convert_guards_code_to_fn).
#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <unordered_map>

#include "core/base/failure.h"
#include "core/ir/input_tree.h"
#include "core/rebuild/loaded_symbols.h"
#include "core/rebuild/rebuild.h"
#include "core/rebuild/source_names.h"
#include "core/shapes/guards_code.h"

namespace retrace::rebuild {
namespace {

std::string python_float(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

class GuardWriter {
 public:
  explicit GuardWriter(const ir::Program& program) : program_(program), replaced_(replaced_symbols(program)) {
    for (const auto& [name, range] : program.range_constraints) ranges_.try_emplace(name, &range);
  }

  std::vector<std::string> write(const std::vector<std::string>& paths) {
    const std::vector<std::size_t> places = ir::user_input_places(program_);
    for (std::size_t i = 0; i < places.size() && i < paths.size(); ++i) write_input(places[i], "L" + paths[i]);
    write_derived();
    return std::move(lines_);
  }

 private:
  void write_input(std::size_t place, const std::string& source) {
    const ir::Argument& arg = program_.input_specs[place].arg;
    switch (arg.kind) {
      case ir::ArgKind::kInt:
        lines_.push_back(fmt::format("{} == {}", source, arg.as<std::int64_t>()));
        break;
      case ir::ArgKind::kBool:
        lines_.push_back(fmt::format("{} == {}", source, arg.as<bool>() ? "True" : "False"));
        break;
      case ir::ArgKind::kString:
        lines_.push_back(fmt::format("{} == '{}'", source, arg.as<ir::Text>()));
        break;
      case ir::ArgKind::kFloat:
        write_float(source, arg.as<double>());
        break;
      case ir::ArgKind::kSymInt:
        write_integer(source, arg.as<ir::SymArg<std::int64_t>>());
        break;
      case ir::ArgKind::kTensor:
        write_sizes(source, arg.as<ir::ValueId>());
        break;
      default:
        break;
    }
  }

  void write_float(const std::string& source, double value) {
    if (std::isnan(value))
      lines_.push_back(fmt::format("math.isnan({})", source));
    else if (std::isinf(value))
      lines_.push_back(fmt::format("{} == {}math.inf", source, value < 0 ? "-" : ""));
    else
      lines_.push_back(fmt::format("{} == {}", source, python_float(value)));
  }

  void write_integer(const std::string& source, const ir::SymArg<std::int64_t>& arg) {
    if (arg.id == ir::kNoValue) {
      lines_.push_back(fmt::format("{} == {}", source, arg.plain));
      return;
    }
    const auto* meta = std::get_if<ir::SymMeta>(&program_.graph.values[static_cast<std::size_t>(arg.id)].meta);
    const auto* value = meta == nullptr ? nullptr : std::get_if<SymInt>(&meta->value);
    if (value == nullptr) return;
    if (value->is_int())
      lines_.push_back(fmt::format("{} == {}", source, value->as_int()));
    else
      write_symbolic(value->node(), source);
  }

  void write_sizes(const std::string& source, ir::ValueId id) {
    const auto* meta = ir::tensor_of(program_.graph.values[static_cast<std::size_t>(id)].meta);
    if (meta == nullptr) return;
    for (std::size_t i = 0; i < meta->sizes.size(); ++i) {
      const std::string size = fmt::format("{}.size()[{}]", source, i);
      if (meta->sizes[i].is_int())
        lines_.push_back(fmt::format("{} == {}", size, meta->sizes[i].as_int()));
      else
        write_symbolic(meta->sizes[i].node(), size);
    }
  }

  /// handle_symint: a range where the expression is first seen, an equality where it is seen again.
  void write_symbolic(expr::Expr recorded, const std::string& source) {
    const expr::Expr e = replaced_.empty() ? recorded : expr::substitute(recorded, replaced_);
    const auto bounds = ranges_.find(expr::str(e));
    if (bounds == ranges_.end()) return;
    const ir::RangeConstraint* range = bounds->second;
    if (expr::free_symbols(e).size() == 1) deferred_.emplace_back(source, e);
    const auto [known, is_new] = sources_.try_emplace(e, source);
    if (!is_new) {
      lines_.push_back(fmt::format("{} == {}", source, known->second));
      return;
    }
    if (range->min && *range->min > 2) lines_.push_back(fmt::format("{} >= {}", source, *range->min));
    if (range->max) lines_.push_back(fmt::format("{} <= {}", source, *range->max));
  }

  /// Equations between derived dims whose symbol is no input's own.
  void write_derived() {
    std::unordered_map<expr::Expr, expr::Expr> definitions;
    expr::Pool& pool = *program_.pool;
    for (const auto& [source, e] : deferred_) {
      const expr::Expr symbol = expr::free_symbols(e).front();
      if (sources_.contains(symbol)) continue;
      const expr::Expr value = pool.symbol(source, false, false);
      if (const auto known = definitions.find(symbol); known != definitions.end()) {
        const expr::Substitution by{{symbol, known->second}};
        const expr::Expr equation = pool.make(expr::Kind::kEq, {expr::substitute(e, by), value});
        lines_.push_back(shapes::python_code(equation, [](expr::Expr s) { return std::string(s->name); }));
      } else if (const auto solution = expr::try_solve(pool.make(expr::Kind::kEq, {e, value}), symbol)) {
        definitions.emplace(symbol, solution->rhs);
      }
    }
  }

  const ir::Program& program_;
  expr::Substitution replaced_;
  std::unordered_map<std::string_view, const ir::RangeConstraint*> ranges_;
  std::vector<std::string> lines_;
  std::unordered_map<expr::Expr, std::string> sources_;
  std::vector<std::pair<std::string, expr::Expr>> deferred_;
};

/// Varargs: L['args'][0] where the module's signature has args_0.
SourceNames varargs(const std::vector<std::string>& arguments) {
  SourceNames names;
  for (const std::string& name : arguments) {
    const std::size_t digits = name.find_last_not_of("0123456789") + 1;
    if (digits == name.size() || digits < 2 || name[digits - 1] != '_') continue;
    const std::string base = name.substr(0, digits - 1);
    names.add(fmt::format("L['{}'][{}]", base, name.substr(digits)), fmt::format("L['{}']", name));
  }
  return names;
}

/// L['z']['k'] is shown as z['k'].
SourceNames shadows(const std::vector<std::string>& paths) {
  SourceNames names;
  for (const std::string& path : paths) {
    const std::size_t end = path.find(']');
    names.add("L" + path, path.substr(2, end - 3) + path.substr(end + 1));
  }
  return names;
}

std::vector<std::string> guard_lines(const ir::Program& program, const ir::InputTree& tree) {
  std::vector<std::string> lines = GuardWriter(program).write(tree.paths);
  const SourceNames by_place = source_names_by_place(tree.paths);
  const SourceNames of_varargs = varargs(tree.arguments.names);
  for (const ir::Text recorded : program.guards_code) lines.push_back(of_varargs.rename(by_place.rename(recorded)));
  return lines;
}

}  // namespace

std::vector<std::string> input_guards_code(const ir::Program& program) {
  return guard_lines(program, *ir::input_tree(program));
}

std::string quoted(const ir::GuardExpression& guard, const ir::Program& program) {
  std::string text = shadows(ir::input_tree(program)->paths).rename(guard.unparse());
  std::erase(text, '\n');
  return text;
}

std::vector<ir::GuardExpression> input_guards(const ir::Program& program) {
  std::vector<ir::GuardExpression> guards;
  for (const std::string& line : guard_lines(program, *ir::input_tree(program))) {
    try {
      guards.push_back(ir::GuardExpression::parse(line));
    } catch (const std::invalid_argument& e) {
      raise(ErrorType::kValueError, e.what());
    }
  }
  return guards;
}

}  // namespace retrace::rebuild
