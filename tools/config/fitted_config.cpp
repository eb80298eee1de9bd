#include "tools/config/fitted_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>
#include <vector>

namespace flyball {

namespace {

constexpr FitKnob kKnobs[] = {FitKnob::kCpu, FitKnob::kGpu, FitKnob::kEmc, FitKnob::kBatch};
constexpr std::size_t kNumbersPerLine = 6;

BatchCycles read_cycles(const TomlTable& table, std::string_view key) {
  BatchCycles cycles;
  if (const std::optional<TomlTable> entry = table.optional_table(key)) {
    entry->read("fixed", cycles.fixed);
    entry->read("per_request", cycles.per_request);
  }
  return cycles;
}

UnitPower read_unit(const TomlTable& table) {
  UnitPower unit;
  unit.highest_hz = table.required<double>("highest_hz");
  unit.full_watts = table.required<double>("full_watts");
  table.read("lowest_voltage", unit.lowest_voltage);
  table.read("knee", unit.knee);
  table.read("idle_activity", unit.idle_activity);
  table.read("leakage_watts", unit.leakage_watts);
  return unit;
}

ResidualOutput read_output(const TomlTable& table) {
  ResidualOutput output;
  output.lengths = table.required<std::vector<double>>("lengths");
  output.deviation = table.required<double>("deviation");
  output.weights = table.required<std::vector<double>>("weights");
  return output;
}

Residual read_residual(const TomlTable& table) {
  Residual residual;
  const TomlTable inputs = table.table("inputs");
  for (const FitKnob knob : kKnobs) {
    const auto values = inputs.optional<std::vector<double>>(to_string(knob));
    if (!values) continue;
    if (residual.knobs.empty()) residual.inputs.resize(values->size());
    if (values->size() != residual.inputs.size()) {
      inputs.fail(to_string(knob), fmt::format("{} values, the knob before has {}", values->size(),
                                               residual.inputs.size()));
    }
    residual.knobs.push_back(knob);
    for (std::size_t i = 0; i < values->size(); ++i) residual.inputs[i].push_back((*values)[i]);
  }
  residual.time = read_output(table.table("time"));
  residual.energy = read_output(table.table("energy"));
  return residual;
}

// TOML wants a point or an exponent in what is to be a float.
std::string number(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string array(const std::vector<double>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += i % kNumbersPerLine == 0 && values.size() > kNumbersPerLine ? "\n  " : " ";
    text += number(values[i]) + ",";
  }
  return text + (values.size() > kNumbersPerLine ? "\n]" : " ]");
}

std::string cycles_line(const char* name, const BatchCycles& cycles) {
  if (cycles.fixed == 0.0 && cycles.per_request == 0.0) return {};
  return fmt::format("{} = {{ fixed = {}, per_request = {} }}\n", name, number(cycles.fixed),
                     number(cycles.per_request));
}

std::string unit_table(const std::string& where, const char* name, const UnitPower& unit) {
  return fmt::format(
      "\n[{}.power.{}]\nhighest_hz = {}\nfull_watts = {}\nlowest_voltage = {}\nknee = {}\n"
      "idle_activity = {}\nleakage_watts = {}\n",
      where, name, number(unit.highest_hz), number(unit.full_watts), number(unit.lowest_voltage),
      number(unit.knee), number(unit.idle_activity), number(unit.leakage_watts));
}

std::string output_table(const std::string& where, const char* name, const ResidualOutput& output) {
  return fmt::format("\n[{}.residual.{}]\nlengths = {}\ndeviation = {}\nweights = {}\n", where,
                     name, array(output.lengths), number(output.deviation), array(output.weights));
}

std::string residual_tables(const std::string& where, const Residual& residual) {
  if (residual.knobs.empty()) return {};
  std::string text = fmt::format("\n[{}.residual.inputs]\n", where);
  for (std::size_t k = 0; k < residual.knobs.size(); ++k) {
    std::vector<double> values;
    for (const std::vector<double>& input : residual.inputs) values.push_back(input[k]);
    text += fmt::format("{} = {}\n", to_string(residual.knobs[k]), array(values));
  }
  return text + output_table(where, "time", residual.time) +
         output_table(where, "energy", residual.energy);
}

}  // namespace

FittedParameters read_fitted(const TomlTable& table) {
  FittedParameters parameters;
  FittedTime& time = parameters.time;
  time.gpu = read_cycles(table, "gpu");
  time.memory = read_cycles(table, "memory");
  time.launch = read_cycles(table, "launch");
  time.host = read_cycles(table, "host");
  time.prepare = read_cycles(table, "prepare");
  table.read("input_seconds", time.input_seconds);
  table.read("sharpness", time.sharpness);
  parameters.held_cpu_hz = table.optional<double>("held_cpu_hz");
  parameters.held_gpu_hz = table.optional<double>("held_gpu_hz");
  parameters.held_emc_hz = table.optional<double>("held_emc_hz");
  const TomlTable power = table.table("power");
  parameters.power.base_watts = power.required<double>("base_watts");
  power.read("gpu_stalled", parameters.power.gpu_stalled);
  power.read("cpu_waiting", parameters.power.cpu_waiting);
  parameters.power.cpu = read_unit(power.table("cpu"));
  parameters.power.gpu = read_unit(power.table("gpu"));
  parameters.power.emc = read_unit(power.table("emc"));
  for (const TomlTable& entry : table.tables("rails")) {
    RailMix mix;
    entry.read("cpu", mix.cpu);
    entry.read("gpu", mix.gpu);
    entry.read("emc", mix.emc);
    entry.read("base", mix.base);
    parameters.rails.push_back(mix);
  }
  if (const auto residual = table.optional_table("residual")) {
    parameters.residual = read_residual(*residual);
  }
  return parameters;
}

std::string fitted_to_toml(const FittedParameters& parameters, const Board& board) {
  const std::string where = "boards." + board.id;
  const FittedTime& time = parameters.time;
  std::string text = fmt::format("[{}]\n", where);
  text += cycles_line("gpu", time.gpu) + cycles_line("memory", time.memory) +
          cycles_line("launch", time.launch) + cycles_line("host", time.host) +
          cycles_line("prepare", time.prepare);
  text += fmt::format("input_seconds = {}\nsharpness = {}\n", number(time.input_seconds),
                      number(time.sharpness));
  for (const auto& [name, hertz] : {std::pair{"held_cpu_hz", parameters.held_cpu_hz},
                                    {"held_gpu_hz", parameters.held_gpu_hz},
                                    {"held_emc_hz", parameters.held_emc_hz}}) {
    if (hertz) text += fmt::format("{} = {}\n", name, number(*hertz));
  }
  text += fmt::format("\n[{}.power]\nbase_watts = {}\ngpu_stalled = {}\ncpu_waiting = {}\n", where,
                      number(parameters.power.base_watts), number(parameters.power.gpu_stalled),
                      number(parameters.power.cpu_waiting));
  text += unit_table(where, "cpu", parameters.power.cpu) +
          unit_table(where, "gpu", parameters.power.gpu) +
          unit_table(where, "emc", parameters.power.emc);
  for (std::size_t r = 0; r < parameters.rails.size(); ++r) {
    const RailMix& mix = parameters.rails[r];
    text += fmt::format("\n[[{}.rails]]  # {}\ncpu = {}\ngpu = {}\nemc = {}\nbase = {}\n", where,
                        board.rails[r], number(mix.cpu), number(mix.gpu), number(mix.emc),
                        number(mix.base));
  }
  return text + residual_tables(where, parameters.residual);
}

}  // namespace flyball
