// The INA3221s, iio or hwmon, and the thermal zones.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "env/jetson/kernel_units.h"
#include "tools/emulator/emulated_board.h"

namespace flyball {

namespace {

constexpr long long kSupplyMillivolts = 5000;  // as the engine's sensor has it

// A channel's reading in milliamperes, or the error number.
using Reading = std::function<int(long long& milliamperes)>;

Reading channel(EmulatedState& state, const std::string& label) {
  const auto rail = std::ranges::find(state.board.rails, label);
  if (rail == state.board.rails.end()) {
    return [](long long&) { return ENODATA; };  // not connected, switched off
  }
  const auto index = static_cast<std::size_t>(rail - state.board.rails.begin());
  return [&state, index](long long& milliamperes) {
    const auto& watts = (*state.telemetry.rail_watts)[index];
    if (!watts) return ENODATA;
    milliamperes = std::llround(*watts * 1e6 / static_cast<double>(kSupplyMillivolts));
    return 0;
  };
}

// What `of` makes of the current.
FileNode reading(Reading current, std::function<long long(long long milliamperes)> of) {
  return {[current = std::move(current), of = std::move(of)](std::string& text) {
            long long milliamperes = 0;
            if (const int error = current(milliamperes); error != 0) return error;
            text = std::to_string(of(milliamperes)) + "\n";
            return 0;
          },
          {}};
}

void add_hwmon(FileTree& tree, EmulatedState& state, const SensorFiles& sensor,
               std::uint64_t number) {
  const std::string directory =
      fmt::format("/sys/bus/i2c/drivers/ina3221/{}/hwmon/hwmon{}", sensor.address, number);
  const auto add = [&](const std::string& file, FileNode node) {
    tree.add_file(directory + "/" + file, std::move(node));
  };
  add("name", constant("ina3221"));
  add("samples", constant("512"));
  add("update_interval", constant("430"));
  add("in7_label", constant("sum of shunt voltages"));
  for (std::size_t c = 0; c < sensor.labels.size(); ++c) {
    const Reading current = channel(state, sensor.labels[c]);
    add(fmt::format("in{}_label", c + 1), constant(sensor.labels[c]));
    add(fmt::format("in{}_enable", c + 1), constant(sensor.labels[c] == "NC" ? "0" : "1"));
    add(fmt::format("in{}_input", c + 1),
        reading(current, [](long long) { return kSupplyMillivolts; }));
    add(fmt::format("curr{}_input", c + 1), reading(current, [](long long ma) { return ma; }));
  }
  tree.add_link(fmt::format("/sys/class/hwmon/hwmon{}", number), directory);
}

void add_iio(FileTree& tree, EmulatedState& state, const SensorFiles& sensor,
             std::uint64_t number) {
  const std::string directory =
      fmt::format("/sys/bus/i2c/drivers/ina3221x/{}/iio:device{}", sensor.address, number);
  const auto add = [&](const std::string& file, FileNode node) {
    tree.add_file(directory + "/" + file, std::move(node));
  };
  for (std::size_t c = 0; c < sensor.labels.size(); ++c) {
    const Reading current = channel(state, sensor.labels[c]);
    add(fmt::format("rail_name_{}", c), constant(sensor.labels[c]));
    add(fmt::format("in_voltage{}_input", c),
        reading(current, [](long long) { return kSupplyMillivolts; }));
    add(fmt::format("in_current{}_input", c), reading(current, [](long long ma) { return ma; }));
    add(fmt::format("in_power{}_input", c),
        reading(current, [](long long ma) { return ma * kSupplyMillivolts / 1000; }));
  }
}

// The board's zone behind a zone type, by what they are called without JetPack's suffixes.
std::optional<std::size_t> board_zone(const Board& board, const std::string& type) {
  for (std::size_t z = 0; z < board.zones.size(); ++z) {
    if (zone_name(board.zones[z].name) == zone_name(type)) return z;
  }
  return std::nullopt;
}

// The video accelerators' sensors are off while nobody uses them.
bool is_off(const std::string& type) { return zone_name(type).starts_with("cv"); }

int read_zone(const EmulatedState& state, const std::string& type, std::string& text) {
  long long millidegrees = kOffMillidegrees;
  if (is_off(type)) {
    if (state.files.jetpack >= 6) return EAGAIN;
  } else if (zone_name(type) == "pmic") {
    millidegrees = 50000;  // a constant on the boards too
  } else {
    const auto& celsius = *state.telemetry.temperatures_celsius;
    const std::size_t zone = board_zone(state.board, type).value_or(0);
    if (zone >= celsius.size() || !celsius[zone]) return EAGAIN;
    millidegrees = std::llround(*celsius[zone] * 1e3);
  }
  text = std::to_string(millidegrees) + "\n";
  return 0;
}

void add_zone(FileTree& tree, EmulatedState& state, std::size_t index) {
  const std::string type = state.files.zones[index];
  const std::string directory = fmt::format("/sys/class/thermal/thermal_zone{}", index);
  tree.add_file(directory + "/type", constant(type));
  tree.add_file(directory + "/mode", constant("enabled"));
  tree.add_file(directory + "/policy", constant("step_wise"));
  tree.add_file(directory + "/temp",
                {[&state, type](std::string& text) { return read_zone(state, type, text); }, {}});
  const auto zone = board_zone(state.board, type);
  if (!zone) return;
  int trip = 0;
  const auto add_trip = [&](const std::optional<double>& celsius, const char* kind) {
    if (!celsius) return;
    tree.add_file(fmt::format("{}/trip_point_{}_temp", directory, trip),
                  constant(std::to_string(std::llround(*celsius * 1e3))));
    tree.add_file(fmt::format("{}/trip_point_{}_type", directory, trip), constant(kind));
    ++trip;
  };
  add_trip(state.board.zones[*zone].passive_celsius, "passive");
  add_trip(state.board.zones[*zone].critical_celsius, "critical");
}

}  // namespace

void add_sensor_files(FileTree& tree, EmulatedState& state, std::uint64_t boot) {
  std::uint64_t number = 1 + 2 * (boot % 3);  // hwmon1, 3 and 5 were seen
  for (const SensorFiles& sensor : state.files.sensors) {
    if (sensor.api == SensorInterface::kHwmon) {
      add_hwmon(tree, state, sensor, number);
    } else {
      add_iio(tree, state, sensor, number);
    }
    ++number;
  }
  for (std::size_t z = 0; z < state.files.zones.size(); ++z) add_zone(tree, state, z);
}

}  // namespace flyball
