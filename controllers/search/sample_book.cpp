#include "controllers/search/sample_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace flyball {

namespace {

constexpr double kLeastError = 1e-4;  // of a sample, relative: figures are never exact
constexpr double kOverBy = 0.02;      // of the limit, before lower clocks are ruled out

void require_positive(const char* what, double value) {
  if (std::isfinite(value) && value > 0.0) return;
  throw std::invalid_argument(
      fmt::format("{} of a sample: must be above 0, not {:g}", what, value));
}

}  // namespace

void SampleBook::add(const SearchSample& sample) {
  if (sample.candidate >= problem_->space.size()) {
    throw std::invalid_argument(fmt::format("candidate {} of a sample: there are {}",
                                            sample.candidate, problem_->space.size()));
  }
  require_positive("seconds", sample.seconds);
  require_positive("joules", sample.joules);
  const double error = std::max(sample.error, kLeastError);
  const auto [place, is_new] = places_.try_emplace(sample.candidate, pooled_.size());
  if (is_new) {
    pooled_.push_back(sample);
    pooled_.back().error = error;
    return;
  }
  SearchSample& pool = pooled_[place->second];
  const double before = 1.0 / (pool.error * pool.error);
  const double now = 1.0 / (error * error);
  pool.seconds = (before * pool.seconds + now * sample.seconds) / (before + now);
  pool.joules = (before * pool.joules + now * sample.joules) / (before + now);
  pool.error = 1.0 / std::sqrt(before + now);
}

const SearchSample* SampleBook::find(std::size_t candidate) const {
  const auto place = places_.find(candidate);
  return place == places_.end() ? nullptr : &pooled_[place->second];
}

bool SampleBook::is_feasible(const SearchSample& sample) const {
  return !problem_->limit_seconds || sample.seconds <= *problem_->limit_seconds;
}

bool SampleBook::is_better(const SearchSample& a, const SearchSample& b) const {
  if (is_feasible(a) != is_feasible(b)) return is_feasible(a);
  return is_feasible(a) ? a.joules < b.joules : a.seconds < b.seconds;
}

std::optional<std::size_t> SampleBook::best() const {
  if (pooled_.empty()) return std::nullopt;
  const auto best = std::ranges::min_element(
      pooled_, [this](const auto& a, const auto& b) { return is_better(a, b); });
  return best->candidate;
}

bool SampleBook::is_ruled_out(std::size_t candidate) const {
  if (!problem_->limit_seconds) return false;
  return std::ranges::any_of(pooled_, [&](const SearchSample& sample) {
    return sample.seconds > *problem_->limit_seconds * (1.0 + kOverBy) &&
           problem_->space.is_below(candidate, sample.candidate);
  });
}

}  // namespace flyball
