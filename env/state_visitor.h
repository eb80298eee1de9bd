// Everything that decides how something goes on, field by field. One function of a class,
// visit_state(), serves saving and restoring it to the same bits: it names its fields in a fixed
// order and lets the visitor read or overwrite them. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>

namespace flyball {

class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  // Reads or overwrites `bytes`. Restoring throws std::runtime_error naming the field when it was
  // saved with another size or not at all.
  virtual void visit_bytes(const std::string& name, std::span<std::byte> bytes) = 0;
};

template <typename T>
void visit_values(StateVisitor& visitor, const std::string& name, std::span<T> values) {
  static_assert(std::is_arithmetic_v<T>);
  visitor.visit_bytes(name, std::as_writable_bytes(values));
}

template <typename T>
void visit_value(StateVisitor& visitor, const std::string& name, T& value) {
  visit_values(visitor, name, std::span<T>(&value, 1));
}

// As the words that the standard says a generator is written as.
inline void visit_random(StateVisitor& visitor, const std::string& name, std::mt19937_64& random) {
  std::array<std::uint64_t, std::mt19937_64::state_size + 1> words{};
  std::stringstream text;
  text << random;
  for (std::uint64_t& word : words) text >> word;
  visit_values(visitor, name, std::span<std::uint64_t>(words));
  std::stringstream restored;
  for (const std::uint64_t word : words) restored << word << ' ';
  restored >> random;
}

}  // namespace flyball
