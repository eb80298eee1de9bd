#include "agent/networks/fused_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/head.h"

namespace flyball {

FusedNetwork::FusedNetwork(const QNetworkShape& shape, const QNetworkConfig& config,
                           std::uint64_t seed, const FusedOptions& options)
    : FusedNetwork(FusedModel(shape, config, seed, *options.kernels),
                   options.team ? options.team : std::make_shared<WorkerTeam>(1)) {}

FusedNetwork::FusedNetwork(const FusedModel& model, std::shared_ptr<WorkerTeam> team)
    : model_(model),
      team_(std::move(team)),
      step_(model_, team_),
      workspaces_(team_->threads(), model_.workspace()) {}

void FusedNetwork::set_parameters(const std::map<std::string, Tensor>& parameters) {
  model_.layout().read(parameters, model_.parameters());
  model_.changed();
}

void FusedNetwork::predict(std::span<const float> observations, std::span<float> values) {
  const std::size_t rows = observations.size() / model_.observation_size();
  team_->for_each(chunk_count(rows), [&](std::size_t index, std::size_t thread) {
    const ChunkRows chunk = model_.chunk(observations, index);
    model_.predict(chunk, workspaces_[thread], values.data() + chunk.first * action_count());
  });
}

void FusedNetwork::cheapest(std::span<const float> observations,
                            std::span<const std::uint32_t> allowed,
                            std::span<std::uint32_t> actions) {
  team_->for_each(chunk_count(actions.size()), [&](std::size_t index, std::size_t thread) {
    const ChunkRows chunk = model_.chunk(observations, index);
    model_.cheapest(chunk, workspaces_[thread], allowed, actions.data() + chunk.first);
  });
}

void FusedNetwork::evaluate(std::span<const float> observations,
                            std::span<const std::uint32_t> actions, std::span<float> values) {
  team_->for_each(chunk_count(actions.size()), [&](std::size_t index, std::size_t thread) {
    const ChunkRows chunk = model_.chunk(observations, index);
    model_.evaluate(chunk, workspaces_[thread], actions.data() + chunk.first,
                    values.data() + chunk.first);
  });
}

double FusedNetwork::fit(const FitRows& rows, std::span<float> errors) {
  return step_.fit(model_, rows, errors);
}

void FusedNetwork::follow(const QFunction& other, double tau) {
  const AlignedFloats& theirs = dynamic_cast<const FusedNetwork&>(other).model_.parameters();
  AlignedFloats& ours = model_.parameters();
  if (tau == 1.0) {
    std::copy(theirs.begin(), theirs.end(), ours.begin());
  } else {
    model_.kernels().move_towards(ours.data(), theirs.data(), static_cast<float>(tau), ours.size());
  }
  model_.changed();
}

std::unique_ptr<QFunction> FusedNetwork::clone() const {
  return std::unique_ptr<QFunction>(new FusedNetwork(model_, team_));
}

void FusedNetwork::visit_state(StateVisitor& visitor, const std::string& name) {
  visit_values(visitor, name + ".parameters", std::span<float>(model_.parameters()));
  model_.changed();
  step_.visit_state(visitor, name);
}

std::map<std::string, Tensor> FusedNetwork::tensors(const std::string& name) const {
  const QNetworkShape& shape = model_.head().shape();
  std::map<std::string, Tensor> all = model_.layout().tensors(model_.parameters(), name + ".");
  if (shape.phi) {
    all[name + ".phi"] = *shape.phi;
  } else if (shape.dueling) {
    const std::string last = fmt::format("{}.{}", name, model_.layout().hidden.size());
    const std::vector<std::size_t> groups =
        shape.branches.empty() ? std::vector<std::size_t>{shape.action_count} : shape.branches;
    fold_dueling(all[last + ".weight"], all[last + ".bias"], groups);
  }
  return all;
}

std::map<std::string, Tensor> FusedNetwork::parameters() const {
  return model_.layout().tensors(model_.parameters(), "");
}

std::map<std::string, Tensor> FusedNetwork::gradients() const {
  return model_.layout().tensors(step_.gradients(), "");
}

}  // namespace flyball
