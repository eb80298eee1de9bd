// What a search has been told: samples of the same candidate pooled, and what they say by
// themselves. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "controllers/search/search.h"

namespace flyball {

class SampleBook {
 public:
  // `problem` must outlive it.
  explicit SampleBook(const SearchProblem& problem) : problem_(&problem) {}

  // Weighted by the inverse of their variance. Throws as Search::observe() does.
  void add(const SearchSample& sample);

  // One per candidate, in the order of their first samples.
  const std::vector<SearchSample>& pooled() const { return pooled_; }
  const SearchSample* find(std::size_t candidate) const;
  bool has(std::size_t candidate) const { return find(candidate) != nullptr; }

  bool is_feasible(const SearchSample& sample) const;
  // Both keep the limit and `a` is cheaper; or `a` alone keeps it; or neither, and `a` is faster.
  bool is_better(const SearchSample& a, const SearchSample& b) const;
  std::optional<std::size_t> best() const;
  // A candidate with clocks that are all as high is over the limit by more than measurements err:
  // lower clocks are never faster (by more than 1 % in one pair of a thousand on real boards).
  bool is_ruled_out(std::size_t candidate) const;

 private:
  const SearchProblem* problem_;
  std::vector<SearchSample> pooled_;
  std::map<std::size_t, std::size_t> places_;  // of candidates in pooled_
};

}  // namespace flyball
