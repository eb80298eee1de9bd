// JSON that others may have written: bounded depth, time linear in the text, no key given twice.
// Pure functions. For those that link nlohmann/json; no interface includes it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

namespace flyball {

// Arrays and objects in one another. Ours nest 4 deep; what destroys and prints a document
// recurses.
inline constexpr std::size_t kMaxJsonDepth = 16;

// Far above any file of a run's directory.
inline constexpr std::size_t kMaxJsonFileBytes = std::size_t{1} << 20;

// Throws std::invalid_argument: what is wrong, what is allowed.
nlohmann::json parse_json(std::string_view text);

// Throws std::runtime_error or std::system_error, naming the file.
nlohmann::json read_json(const std::filesystem::path& path);

}  // namespace flyball
