#include "env/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

#include "env/excerpt.h"

namespace flyball {

namespace {

constexpr std::size_t kMostNames = 3;
constexpr std::size_t kFewestLetters = 2;  // of a name that others begin with

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// Whether `part` is one or several whole words of a name such as "orin-nano-8gb".
bool is_word_of(std::string_view part, std::string_view name) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (std::size_t at = name.find(part); at != std::string_view::npos;
       at = name.find(part, at + 1)) {
    const std::size_t end = at + part.size();
    if ((at == 0 || !is_letter(name[at - 1])) && (end == name.size() || !is_letter(name[end]))) {
      return true;
    }
  }
  return false;
}

// How far `known` is from what was written; absent: it is not meant.
constexpr std::size_t kFar = 1000;
std::size_t distance(std::string_view name, std::string_view known) {
  const std::size_t slips = edit_distance(name, known);
  if (slips <= std::max<std::size_t>(1, name.size() / 3)) return slips;
  const std::string_view shorter = name.size() < known.size() ? name : known;
  if (shorter.size() < kFewestLetters) return kFar;
  const bool is_begun = name.starts_with(known) || known.starts_with(name);
  if (is_begun) return name.size() + 1;
  return is_word_of(name, known) ? name.size() + 2 : kFar;
}

}  // namespace

std::vector<std::string> near_names(std::string_view name, std::span<const std::string> known) {
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const std::string& candidate : known) {
    const std::size_t far = distance(lower(name), lower(candidate));
    if (far < kFar) near.emplace_back(far, candidate);
  }
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (auto& [far, candidate] : near) {
    const bool is_slip = near.front().first <= name.size();
    if ((is_slip && far > near.front().first) || names.size() == kMostNames) break;
    names.push_back(std::move(candidate));
  }
  return names;
}

std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  const std::vector<std::string> names = near_names(name, known);
  if (names.empty()) return "";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    text += fmt::format("{}\"{}\"", i == 0 ? "" : is_last ? " or " : ", ", names[i]);
  }
  return fmt::format("; did you mean {}?", text);
}

std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> known) {
  return fmt::format("no {} \"{}\"{} (there are: {})", kind, excerpt(std::string(name)),
                     did_you_mean(name, known), join_names(known));
}

std::string join_names(std::span<const std::string> names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
}

}  // namespace flyball
