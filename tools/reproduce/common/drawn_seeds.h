// Seeds that nobody has seen: drawn from a date, or any other text. Pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace flyball {

// So many different seeds; the same text, the same seeds, of which fewer are the first ones.
std::vector<std::uint64_t> drawn_seeds(const std::string& date, std::size_t count);

}  // namespace flyball
