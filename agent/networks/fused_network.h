// The network of QNetwork, its values and its training step, without autograd: what training uses
// by default. Not thread-safe; runs on several threads inside.
//
// QNetwork defines the network and is the reference: the same parameters from the same seed, the
// same loss, gradients and Adam step, to rounding (tests/agent/networks/fused_network_test.cpp).
// What makes it fast:
//   - only the chosen actions' outputs are computed and differentiated (FusedHead);
//   - the cheapest action is found block by block, without storing values (FusedKernels::lowest);
//   - hidden layers are oneDNN products on the parameters' own storage, all of which is one flat
//     array, and so are gradients and moments: one loop is Adam (FusedStep);
//   - buffers stay from step to step.
//
// Rows are worked on in chunks of kChunkRows, whose gradients are added in their order. A chunk is
// one thread's work, so a batch of 256 keeps two threads busy, and the bits are the same however
// many threads there are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/networks/fused_model.h"
#include "agent/networks/fused_step.h"
#include "agent/networks/q_network.h"
#include "agent/networks/worker_team.h"

namespace flyball {

// Networks that are used one after the other share a team; so do clones.
struct FusedOptions {
  std::shared_ptr<WorkerTeam> team = nullptr;  // null: the calling thread alone
  const FusedKernels* kernels = &best_kernels();
};

class FusedNetwork final : public ValueNetwork {
 public:
  // Starts as QNetwork(shape, config, seed) does. Throws std::invalid_argument as it does.
  FusedNetwork(const QNetworkShape& shape, const QNetworkConfig& config, std::uint64_t seed,
               const FusedOptions& options = {});

  // Takes over parameters under the names of parameters(). Throws std::invalid_argument for those
  // of another network.
  void set_parameters(const std::map<std::string, Tensor>& parameters);

  std::size_t action_count() const override { return model_.head().shape().action_count; }
  void predict(std::span<const float> observations, std::span<float> values) override;
  void cheapest(std::span<const float> observations, std::span<const std::uint32_t> allowed,
                std::span<std::uint32_t> actions) override;
  void evaluate(std::span<const float> observations, std::span<const std::uint32_t> actions,
                std::span<float> values) override;
  double fit(const FitRows& rows, std::span<float> errors) override;
  void follow(const QFunction& other, double tau) override;
  std::unique_ptr<QFunction> clone() const override;  // parameters; the optimiser starts anew
  void visit_state(StateVisitor& visitor, const std::string& name) override;
  std::map<std::string, Tensor> tensors(const std::string& name) const override;
  std::map<std::string, Tensor> parameters() const override;
  std::map<std::string, Tensor> gradients() const override;

 private:
  FusedNetwork(const FusedModel& model, std::shared_ptr<WorkerTeam> team);

  FusedModel model_;
  std::shared_ptr<WorkerTeam> team_;
  FusedStep step_;
  std::vector<FusedWorkspace> workspaces_;  // one per thread
};

}  // namespace flyball
