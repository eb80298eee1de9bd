// Random search: candidates drawn without replacement, each equally likely. What every other search
// has to beat.
#pragma once

#include <cstdint>
#include <random>

#include "controllers/search/sample_book.h"
#include "controllers/search/search.h"

namespace flyball {

class RandomSearch final : public Search {
 public:
  // `problem` must outlive it.
  RandomSearch(const SearchProblem& problem, std::uint64_t seed);

  std::string_view name() const override { return "random"; }
  std::optional<std::size_t> propose() override;
  void observe(const SearchSample& sample) override { book_.add(sample); }
  std::optional<std::size_t> best() const override { return book_.best(); }

 private:
  SampleBook book_;
  std::vector<std::size_t> order_;  // all candidates; the start first
  std::size_t next_ = 0;
};

}  // namespace flyball
