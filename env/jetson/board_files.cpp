#include "env/jetson/board_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace flyball {

namespace {

void require_path(const std::string& path, const std::string& key) {
  if (path.empty() || path.front() != '/' || path.back() == '/') {
    throw std::invalid_argument(fmt::format("{} = \"{}\": must be an absolute path", key, path));
  }
}

void validate_sensor(const SensorFiles& sensor, const Board& board, const std::string& key) {
  if (sensor.address.empty()) throw std::invalid_argument(key + ".address: must not be empty");
  if (sensor.labels.size() != 3) {
    throw std::invalid_argument(
        fmt::format("{}.labels: {} given, an INA3221 has 3 channels", key, sensor.labels.size()));
  }
  for (const std::string& label : sensor.labels) {
    if (label != "NC" && std::ranges::find(board.rails, label) == board.rails.end()) {
      throw std::invalid_argument(fmt::format("{}.labels: \"{}\" is not one of power.rails ({})",
                                              key, label, fmt::join(board.rails, ", ")));
    }
  }
}

}  // namespace

void validate(const std::vector<BoardFiles>& files, const Board& board) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const BoardFiles& one = files[i];
    const std::string key = fmt::format("files[{}]", i);
    if (one.jetpack < 4 || one.jetpack > 6) {
      throw std::invalid_argument(
          fmt::format("{}.jetpack = {}: must be 4, 5 or 6", key, one.jetpack));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (files[j].jetpack == one.jetpack) {
        throw std::invalid_argument(
            fmt::format("{}.jetpack = {}: already described by files[{}]", key, one.jetpack, j));
      }
    }
    require_path(one.gpu_device, key + ".gpu_device");
    if (!one.gpu_alias.empty()) require_path(one.gpu_alias, key + ".gpu_alias");
    require_path(one.emc_cap, key + ".emc_cap");
    require_path(one.emc_utilization, key + ".emc_utilization");
    for (std::size_t s = 0; s < one.sensors.size(); ++s) {
      validate_sensor(one.sensors[s], board, fmt::format("{}.sensors[{}]", key, s));
    }
  }
}

const BoardFiles& find_files(const std::vector<BoardFiles>& files, int jetpack) {
  std::string known;
  for (const BoardFiles& one : files) {
    if (one.jetpack == jetpack) return one;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", one.jetpack);
  }
  throw std::invalid_argument(
      fmt::format("the board's files are not described for JetPack {}; there are: {}", jetpack,
                  known.empty() ? "none" : known));
}

std::string zone_name(const std::string& type) {
  std::string name = type;
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* suffix : {"-thermal", "-therm", "_tegra", "-die"}) {
    const std::string_view tail = suffix;
    if (name.size() > tail.size() && name.ends_with(tail)) {
      name.resize(name.size() - tail.size());
      break;
    }
  }
  return name;
}

}  // namespace flyball
