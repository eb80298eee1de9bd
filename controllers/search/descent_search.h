// Coordinate descent from the highest clocks: one knob after the other, down and then up, by a
// quarter of its levels at first and by ever fewer; in the end one knob down for another one up,
// because along a limit no knob can go down alone.
//
// What is asked for next follows from the samples alone: the descent is gone through again from its
// start until it comes to something that was not measured.
#pragma once

#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"

namespace flyball {

class DescentSearch final : public Search {
 public:
  // `problem` must outlive it.
  explicit DescentSearch(const SearchProblem& problem) : space_(problem.space), book_(problem) {}

  std::string_view name() const override { return "descent"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override { book_.add(sample); }
  std::optional<std::size_t> best() const override { return book_.best(); }

 private:
  // Where the descent is; `wanted`: it cannot go on without this one.
  struct Walk {
    std::size_t here = 0;
    std::optional<std::size_t> wanted = std::nullopt;
  };

  int step_of(std::size_t knob, std::size_t divisor) const;
  bool go(Walk& walk, std::optional<std::size_t> to) const;
  bool go_along(Walk& walk, std::size_t knob, int step) const;
  bool trade(Walk& walk) const;
  bool improve(Walk& walk, std::size_t divisor) const;

  const SearchSpace& space_;
  SampleBook book_;
};

}  // namespace flyball
