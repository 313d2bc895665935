// SPDX-License-Identifier: Apache-2.0
#include "core/dim_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "core/ir/input_tree.h"
#include "core/rebuild/source_names.h"

namespace retrace {
namespace {

using shapes::Lesson;

const ir::Value* input_value(const ir::Program& program, std::size_t place) {
  const ir::Argument& arg = program.graph.inputs[place];
  if (arg.kind != ir::ArgKind::kTensor || arg.as<ir::ValueId>() == ir::kNoValue) return nullptr;
  return &program.graph.values[static_cast<std::size_t>(arg.as<ir::ValueId>())];
}

const ir::RangeConstraint* range_of(const ir::Program& program, const SymInt& size) {
  const std::string key = to_string(size);
  for (const auto& [name, range] : program.range_constraints)
    if (name == key) return &range;
  return nullptr;
}

class Notes {
 public:
  Notes(const ir::Program& a, const ir::Program& b, const std::vector<Lesson>& lessons)
      : a_(a), b_(b), lessons_(lessons) {
    const std::shared_ptr<const ir::InputTree> tree = ir::input_tree(a);
    paths_.resize(tree->flat.size());
    for (std::size_t i = 0; i < tree->flat.size(); ++i) paths_[tree->flat[i]] = tree->paths[i];
    names_ = rebuild::source_names_by_place(paths_);
  }

  std::vector<Note> run() {
    const std::vector<std::size_t> places_a = ir::user_input_places(a_), places_b = ir::user_input_places(b_);
    for (std::size_t i = 0; i < std::min({places_a.size(), places_b.size(), paths_.size()}); ++i) {
      const ir::Value* before = input_value(a_, places_a[i]);
      const ir::Value* after = input_value(b_, places_b[i]);
      const auto* meta = before == nullptr ? nullptr : ir::tensor_of(before->meta);
      const auto* other = after == nullptr ? nullptr : ir::tensor_of(after->meta);
      if (meta == nullptr || other == nullptr || meta->sizes.size() != other->sizes.size()) continue;
      for (std::size_t d = 0; d < meta->sizes.size(); ++d)
        if (!meta->sizes[d].is_int())
          look_at(fmt::format("{}, dimension {}", before->name, d), i, d, meta->sizes[d], other->sizes[d]);
    }
    return std::move(notes_);
  }

 private:
  void look_at(const std::string& where, std::size_t input, std::size_t dim, const SymInt& before,
               const SymInt& after) {
    const Sizes sizes = behind(input, dim);
    if (after.is_int()) {
      const Lesson* last = find(sizes, [](const Lesson& lesson) { return lesson.replaced; });
      if (last != nullptr)
        add("dim-specialised", where, *last);
      else if (after.is(0) || after.is(1))
        notes_.push_back({"dim-specialised", fmt::format("{}, because its example is {}", where, to_string(after))});
      return;
    }
    const ir::RangeConstraint* old_range = range_of(a_, before);
    const ir::RangeConstraint* new_range = range_of(b_, after);
    if (old_range == nullptr || new_range == nullptr) return;
    constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min(),
                           kMax = std::numeric_limits<std::int64_t>::max();
    if (new_range->min.value_or(kMin) > old_range->min.value_or(kMin))
      add_if("range-narrowed", where, find(sizes, [](const Lesson& lesson) { return lesson.lower; }));
    if (new_range->max.value_or(kMax) < old_range->max.value_or(kMax))
      add_if("range-narrowed", where, find(sizes, [](const Lesson& lesson) { return lesson.upper; }));
  }

  using Sizes = std::unordered_set<std::string>;

  /// A dimension, as the sources of either mode call it, and the sizes that replaced it.
  Sizes behind(std::size_t input, std::size_t dim) const {
    Sizes sizes{fmt::format("L{}.size()[{}]", paths_[input], dim),
                fmt::format("L['flat_args'][{}].size()[{}]", input, dim)};
    for (const Lesson& lesson : lessons_)
      if (lesson.replaced && sizes.contains(lesson.size)) sizes.insert(lesson.by.begin(), lesson.by.end());
    return sizes;
  }

  template <typename Taught>
  const Lesson* find(const Sizes& sizes, Taught&& taught) const {
    const auto last = std::find_if(lessons_.rbegin(), lessons_.rend(),
                                   [&](const Lesson& lesson) { return taught(lesson) && sizes.contains(lesson.size); });
    return last == lessons_.rend() ? nullptr : &*last;
  }

  void add_if(const char* rule, const std::string& where, const Lesson* lesson) {
    if (lesson != nullptr) add(rule, where, *lesson);
  }
  void add(const char* rule, const std::string& where, const Lesson& lesson) {
    std::string message = fmt::format("{}, because of {}", where, names_.rename(lesson.relation));
    if (!lesson.node.empty()) message += ", at " + lesson.node;
    if (!lesson.target.empty()) message += " = " + short_target(lesson.target);
    if (std::none_of(notes_.begin(), notes_.end(), [&](const Note& note) { return note.message == message; }))
      notes_.push_back({rule, std::move(message)});
  }

  static std::string short_target(std::string_view target) {
    constexpr std::string_view kPrefix = "torch.ops.";
    if (target.starts_with(kPrefix)) target.remove_prefix(kPrefix.size());
    return std::string(target);
  }

  const ir::Program& a_;
  const ir::Program& b_;
  const std::vector<Lesson>& lessons_;
  std::vector<std::string> paths_;
  rebuild::SourceNames names_;  // of strict export's sources
  std::vector<Note> notes_;
};

}  // namespace

std::vector<Note> dim_notes(const ir::Program& a, const ir::Program& b, const std::vector<Lesson>& lessons) {
  return Notes(a, b, lessons).run();
}

}  // namespace retrace
