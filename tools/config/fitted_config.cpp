#include "tools/config/fitted_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>
#include <vector>

#include "tools/config/write_fields.h"

namespace flyball {

namespace {

constexpr FitKnob kKnobs[] = {FitKnob::kCpu, FitKnob::kGpu, FitKnob::kEmc, FitKnob::kBatch};

// Inputs: ResidualInputsToml, constant or not.
template <typename Inputs>
auto& column(Inputs& inputs, FitKnob knob) {
  switch (knob) {
    case FitKnob::kCpu: return inputs.cpu;
    case FitKnob::kGpu: return inputs.gpu;
    case FitKnob::kEmc: return inputs.emc;
    case FitKnob::kBatch: break;
  }
  return inputs.batch;
}

Residual make_residual(const ResidualToml& toml) {
  Residual residual;
  residual.time = toml.time;
  residual.energy = toml.energy;
  for (const FitKnob knob : kKnobs) {
    const std::optional<std::vector<double>>& values = column(toml.inputs, knob);
    if (!values) continue;
    if (residual.knobs.empty()) residual.inputs.resize(values->size());
    if (values->size() != residual.inputs.size()) {
      throw std::invalid_argument(
          fmt::format("residual.inputs.{}: {} values, the knob before has {}", to_string(knob),
                      values->size(), residual.inputs.size()));
    }
    residual.knobs.push_back(knob);
    for (std::size_t i = 0; i < values->size(); ++i) residual.inputs[i].push_back((*values)[i]);
  }
  return residual;
}

ResidualToml by_columns(const Residual& residual) {
  ResidualToml toml{{}, residual.time, residual.energy};
  for (std::size_t k = 0; k < residual.knobs.size(); ++k) {
    std::vector<double>& values = column(toml.inputs, residual.knobs[k]).emplace();
    for (const std::vector<double>& input : residual.inputs) values.push_back(input[k]);
  }
  return toml;
}

}  // namespace

FittedParameters fitted_parameters(const FittedToml& toml) {
  FittedParameters parameters = toml.parameters;
  if (toml.residual) parameters.residual = make_residual(*toml.residual);
  return parameters;
}

std::string fitted_to_toml(const FittedParameters& parameters, const Board& board,
                           const ServingTraits& serving) {
  FittedToml toml{parameters, std::nullopt, {std::nullopt, std::nullopt, serving}};
  if (!parameters.residual.knobs.empty()) toml.residual = by_columns(parameters.residual);
  const std::string path = "boards." + board.id;
  FieldsToToml fields(path);
  visit(fields, toml);
  return fmt::format("[{}]  # rails: {}\n{}", path, fmt::join(board.rails, ", "), fields.text());
}

}  // namespace flyball
