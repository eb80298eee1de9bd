// The full sweep that tries promising regions first: every candidate sooner or later, in the order
// that the samples so far suggest. After the start and, per knob, the middle and the lowest
// quarter, next is the candidate with the least predicted energy among those predicted to keep the
// limit; what is ruled out comes last. Predictions: local averages of the nearest samples' energy
// and time, moved along the knobs by the slopes of a straight-line fit in logarithms. Every fourth
// sample goes to the promising candidate farthest from all samples, so that no region is left to a
// guess.
#pragma once

#include "controllers/search/local_fit.h"
#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"

namespace flyball {

class SweepSearch final : public Search {
 public:
  // `problem` must outlive it.
  explicit SweepSearch(const SearchProblem& problem) : problem_(problem), book_(problem) {}

  std::string_view name() const override { return "sweep"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override { book_.add(sample); }
  std::optional<std::size_t> best() const override { return book_.best(); }

 private:
  std::optional<std::size_t> scaffold() const;
  double score(std::size_t candidate, const LocalFit& fit) const;
  double farness(std::size_t candidate) const;

  const SearchProblem& problem_;
  SampleBook book_;
};

}  // namespace flyball
