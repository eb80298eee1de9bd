// Multi-dimensional gradient search over power modes by bisection, after GMD of Fulcrum
// (arXiv 2509.20205, 2025): begins in the middle of every knob, looks half way along each of them,
// moves where most is gained for what it costs, and halves that knob's range by monotony: lower
// clocks are never faster. It ends when no range is left, after about fifteen samples.
//
// There the throughput is sought within a budget of power; here the energy within a limit on
// latency: while the limit is kept every knob looks down and energy per latency decides; otherwise
// up, and latency per energy. What is asked for next follows from the samples alone.
#pragma once

#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"

namespace flyball {

class GmdSearch final : public Search {
 public:
  // `problem` must outlive it.
  explicit GmdSearch(const SearchProblem& problem) : problem_(problem), book_(problem) {}

  std::string_view name() const override { return "gmd"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override { book_.add(sample); }
  std::optional<std::size_t> best() const override { return book_.best(); }

 private:
  // Levels that are left, per knob, both ends included.
  struct Ranges {
    std::vector<int> low;
    std::vector<int> high;
  };

  Ranges whole() const;
  std::optional<std::size_t> half_way(const Ranges& ranges, std::size_t here, std::size_t knob,
                                      bool down) const;
  double gain(const SearchSample& here, const SearchSample& there, bool down) const;
  void narrow(Ranges& ranges, std::size_t knob, std::size_t here, std::size_t there,
              bool down) const;

  const SearchProblem& problem_;
  SampleBook book_;
};

}  // namespace flyball
