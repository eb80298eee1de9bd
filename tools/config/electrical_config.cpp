#include "tools/config/electrical_config.h"

#include <stdexcept>

#include "tools/config/positive.h"

namespace flyball {

namespace {

UnitElectrical read_unit(const TomlTable& table) {
  UnitElectrical unit;
  unit.minimum_volts = table.required<double>("minimum_volts");
  unit.maximum_volts = table.required<double>("maximum_volts");
  unit.knee_hz = table.required<double>("knee_hz");
  unit.farads = table.required<double>("farads");
  unit.idle_activity = table.required<double>("idle_activity");
  unit.leakage_amperes = table.required<double>("leakage_amperes");
  return unit;
}

}  // namespace

Electrical read_electrical(const TomlTable& table, const Board& board) {
  Electrical electrical;
  electrical.base_watts = table.required<double>("base_watts");
  electrical.leakage_per_kelvin = table.required<double>("leakage_per_kelvin");
  electrical.cpu = read_unit(table.table("cpu"));
  electrical.gpu = read_unit(table.table("gpu"));
  electrical.emc = read_unit(table.table("emc"));
  for (const TomlTable& entry : table.tables("rails")) {
    RailMix mix;
    entry.read("cpu", mix.cpu);
    entry.read("gpu", mix.gpu);
    entry.read("emc", mix.emc);
    entry.read("base", mix.base);
    electrical.rails.push_back(mix);
  }
  try {
    validate(electrical, board);
  } catch (const std::invalid_argument& error) {
    const std::string message = error.what();  // "electrical.gpu.farads: ..."; we are inside
    const std::string prefix = "electrical.";
    table.fail(std::invalid_argument(message.starts_with(prefix) ? message.substr(prefix.size())
                                                                 : message));
  }
  return electrical;
}

SensorConfig read_sensor(const TomlTable& table) {
  SensorConfig sensor;
  table.read("time_constant_seconds", sensor.time_constant_seconds);
  table.read("supply_volts", sensor.supply_volts);
  table.read("volt_step", sensor.volt_step);
  table.read("ampere_step", sensor.ampere_step);
  table.read("noise_watts", sensor.noise_watts);
  return sensor;
}

namespace {

FanConfig read_fan(const TomlTable& table) {
  FanConfig fan;
  fan.poll_seconds = optional_period(table, "poll_seconds").value_or(fan.poll_seconds);
  table.read("full_watts", fan.full_watts);
  table.read("full_conductance", fan.full_conductance);
  for (const TomlTable& entry : table.tables("steps")) {
    FanStep step;
    step.celsius = entry.required<double>("celsius");
    step.pwm = entry.required<double>("pwm");
    entry.read("hysteresis_kelvin", step.hysteresis_kelvin);
    fan.steps.push_back(step);
  }
  return fan;
}

}  // namespace

ThermalConfig read_thermal(const TomlTable& table) {
  ThermalConfig thermal;
  table.read("kelvin_per_watt", thermal.kelvin_per_watt);
  table.read("time_constant_seconds", thermal.time_constant_seconds);
  table.read("junction_kelvin_per_watt", thermal.junction_kelvin_per_watt);
  table.read("junction_time_constant_seconds", thermal.junction_time_constant_seconds);
  if (const auto fan = table.optional_table("fan")) thermal.fan = read_fan(*fan);
  thermal.poll_seconds = optional_period(table, "poll_seconds").value_or(thermal.poll_seconds);
  table.read("hysteresis_kelvin", thermal.hysteresis_kelvin);
  return thermal;
}

PowerBudgetConfig read_power_budget(const TomlTable& table) {
  PowerBudgetConfig budget;
  if (table.optional<std::string>("throttling")) {
    const bool halving = table.choice("throttling", {"levels", "halving"}) == "halving";
    budget.throttling =
        halving ? PowerBudgetConfig::Throttling::kHalving : PowerBudgetConfig::Throttling::kLevels;
  }
  table.read("time_constant_seconds", budget.time_constant_seconds);
  budget.step_seconds = optional_period(table, "step_seconds").value_or(budget.step_seconds);
  table.read("hysteresis_watts", budget.hysteresis_watts);
  return budget;
}

}  // namespace flyball
