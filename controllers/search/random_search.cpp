#include "controllers/search/random_search.h"

#include <numeric>
#include <utility>

#include "env/draw.h"

namespace flyball {

RandomSearch::RandomSearch(const SearchProblem& problem, std::uint64_t seed)
    : book_(problem), order_(problem.space.size()) {
  std::mt19937_64 random(seed);
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::swap(order_.front(), order_[problem.space.start()]);
  for (std::size_t i = 1; i < order_.size(); ++i) {
    std::swap(order_[i], order_[i + draw_index(random, order_.size() - i)]);
  }
}

std::optional<std::size_t> RandomSearch::propose() {
  while (next_ < order_.size() && book_.has(order_[next_])) ++next_;
  if (next_ == order_.size()) return std::nullopt;
  return order_[next_];
}

}  // namespace flyball
