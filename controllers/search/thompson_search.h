// Thompson sampling with a model that every sample updates: draws one latency and one energy
// surface from what is believed now, and measures the setting that is best on them.
// Source: Russo et al., A Tutorial on Thompson Sampling (2018), section 4.
#pragma once

#include <cstdint>
#include <random>

#include "controllers/search/linear_surface.h"
#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"

namespace flyball {

class ThompsonSearch final : public Search {
 public:
  // `problem` must outlive it.
  ThompsonSearch(const SearchProblem& problem, std::uint64_t seed);

  std::string_view name() const override { return "thompson"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override;
  std::optional<std::size_t> best() const override { return book_.best(); }

 private:
  const SearchProblem& problem_;
  SurfacePrior prior_;
  LinearSurface seconds_;
  LinearSurface joules_;
  SampleBook book_;
  std::mt19937_64 random_;
  std::optional<std::size_t> proposed_;  // asked for and not yet measured
};

}  // namespace flyball
