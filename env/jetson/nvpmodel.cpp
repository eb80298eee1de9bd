#include "env/jetson/nvpmodel.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

#include "env/jetson/kernel_units.h"

namespace flyball {

namespace {

constexpr std::string_view kBlanks = " \t\r";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t size = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, size));
    line.remove_prefix(size);
  }
}

std::optional<long long> number_in(std::string_view text) {
  long long number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// "< POWER_MODEL ID=2 NAME=MODE_15W >", with or without the blanks at its ends.
std::optional<PowerMode> parse_heading(std::string_view line) {
  if (line.find("POWER_MODEL") == std::string_view::npos) return std::nullopt;
  PowerMode mode;
  mode.cpus_online = 0;
  bool has_id = false;
  for (std::string_view word : words_of(line)) {
    if (word.ends_with('>')) word.remove_suffix(1);
    if (word.starts_with("ID=")) {
      const std::optional<long long> id = number_in(word.substr(3));
      has_id = id && *id >= 0 && *id <= 65535;
      if (has_id) mode.id = static_cast<int>(*id);
    }
    if (word.starts_with("NAME=")) mode.name = word.substr(5);
  }
  return has_id ? std::optional(mode) : std::nullopt;
}

// The wider of two limits of clusters that are turned together.
void widen(std::optional<double>& limit, double hertz, bool is_maximum) {
  const double known = limit.value_or(hertz);
  limit = is_maximum ? std::max(known, hertz) : std::min(known, hertz);
}

void read_limit(PowerMode& mode, std::string_view clock, bool is_maximum, double value) {
  if (clock.starts_with("CPU_")) {
    widen(is_maximum ? mode.cpu_max_hz : mode.cpu_min_hz, value * kHertzPerKilohertz, is_maximum);
  } else if (clock == "GPU") {
    (is_maximum ? mode.gpu_max_hz : mode.gpu_min_hz) = value;
  } else if (clock == "EMC" && is_maximum) {
    mode.emc_max_hz = value;
  }
}

void read_parameter(PowerMode& mode, std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.size() < 3) return;
  const std::optional<long long> value = number_in(words[2]);
  if (!value) return;
  if (words[0] == "CPU_ONLINE" && words[1].starts_with("CORE_")) {
    mode.cpus_online += *value == 1 ? 1 : 0;
    return;
  }
  // "MAX_FREQ_KNEXT": the same of another kernel.
  const bool is_maximum = words[1].starts_with("MAX_FREQ");
  if ((!is_maximum && !words[1].starts_with("MIN_FREQ")) || *value <= 0) return;
  read_limit(mode, words[0], is_maximum, static_cast<double>(*value));
}

}  // namespace

std::optional<int> parse_nvpmodel_status(std::string_view text) {
  constexpr std::string_view kKey = "pmode:";
  const std::size_t at = text.find(kKey);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + kKey.size());
  int mode = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), mode);
  const bool ends = parsed.ptr == text.data() + text.size() || *parsed.ptr == ' ' ||
                    *parsed.ptr == '\n' || *parsed.ptr == '\r';
  if (parsed.ec != std::errc() || mode < 0 || !ends) return std::nullopt;
  return mode;
}

std::vector<PowerMode> parse_nvpmodel_conf(std::string_view text, int cpus) {
  std::vector<PowerMode> modes;
  bool is_mode = false;  // under a heading of a mode
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) continue;
    if (line[begin] != '<') {
      if (is_mode) read_parameter(modes.back(), line);
      continue;
    }
    const std::optional<PowerMode> mode = parse_heading(line);
    is_mode = mode.has_value();
    if (mode) modes.push_back(*mode);
  }
  for (PowerMode& mode : modes) {
    if (mode.cpus_online == 0) mode.cpus_online = cpus;
  }
  return modes;
}

}  // namespace flyball
