// The known name that someone who wrote `name` most likely meant. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flyball {

// Absent when nothing comes near (more than a third of the letters differ).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string> known);

// "a, b, c".
std::string join_names(std::span<const std::string> names);

}  // namespace flyball
