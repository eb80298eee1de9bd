#include "tools/reproduce/common/drawn_seeds.h"

#include <random>
#include <set>

namespace flyball {

std::vector<std::uint64_t> drawn_seeds(const std::string& date, std::size_t count) {
  constexpr std::uint64_t kLargestSeed = 1'000'000'000;
  std::seed_seq sequence(date.begin(), date.end());
  std::mt19937_64 random(sequence);
  std::vector<std::uint64_t> seeds;
  std::set<std::uint64_t> taken;
  while (seeds.size() < count) {
    const std::uint64_t seed = random() % kLargestSeed;
    if (taken.insert(seed).second) seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace flyball
