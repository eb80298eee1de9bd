// One training step of a FusedModel: loss, gradients, clipping and Adam, as QNetwork::fit() does
// them with autograd (the formulas stand in agent/networks/q_network.h). Not thread-safe; runs on
// several threads inside.
//
// The rows are split into chunks. A thread carries its chunk forward and back through all layers
// while it is in the cache, and leaves its gradients; their sum is taken in the order of the
// chunks, so the result does not depend on the number of threads. Only the chosen action's output
// has a gradient, which two ways use: "gathered" touches those outputs alone (joint and branching
// heads), "dense" computes all outputs of the last layer (smooth head, CQL).
//
// Shapes: rows [batch, observation], one action and one target per row. Values and errors are in
// the network's scaled units. Requires: the model keeps the shape that it had at construction.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/networks/fused_model.h"
#include "agent/networks/q_function.h"
#include "agent/networks/worker_team.h"

namespace flyball {

class FusedStep {
 public:
  FusedStep(const FusedModel& model, std::shared_ptr<WorkerTeam> team);

  // Writes target - value, before the step, per row; returns the mean weighted loss.
  double fit(FusedModel& model, const FitRows& rows, std::span<float> errors);
  // The optimiser.
  void visit_state(StateVisitor& visitor, const std::string& name);
  // Of the last step, after clipping; the model's layout.
  const AlignedFloats& gradients() const { return gradients_; }

 private:
  // What one thread writes to.
  struct Workspace {
    FusedWorkspace forward;
    AlignedFloats z_gradient;  // [rows, outputs]
    AlignedFloats values;      // [rows, actions], for CQL on a smooth or branching head
    AlignedFloats gradient;    // of a layer's outputs, [rows, width]
    AlignedFloats below;       // of its inputs
    std::vector<float> terms;  // the components of one action's value
  };
  // What a chunk leaves for the sum over chunks.
  struct ChunkResult {
    AlignedFloats gradients;  // of the hidden layers, then of the folded last one if it is dense
    double loss = 0.0;        // sum over rows
  };
  // A batch in work.
  struct Batch {
    const FusedModel& model;
    const FitRows& rows;
    std::span<float> errors;
    std::size_t size() const { return rows.actions.size(); }
  };

  void reserve(const FusedModel& model, std::size_t rows);
  void fit_chunk(const Batch& batch, const ChunkRows& rows, Workspace& space, ChunkResult& result);
  double fit_row(const Batch& batch, std::size_t row, std::span<const float> terms);
  double fit_gathered(const Batch& batch, const ChunkRows& rows, const float* features,
                      Workspace& space);
  double fit_dense(const Batch& batch, const ChunkRows& rows, const float* features,
                   Workspace& space);
  void back_through_last(const Batch& batch, const ChunkRows& rows, const float* features,
                         Workspace& space, ChunkResult& result) const;
  void add_chosen(const Batch& batch, const ChunkRows& rows, Workspace& space) const;
  void back_through_hidden(const FusedModel& model, const ChunkRows& rows, Workspace& space,
                           AlignedFloats& gradients) const;
  void sum_chunks(const FusedModel& model, std::size_t chunks);
  void sum_gathered(const Batch& batch);
  float clip(const FusedModel& model);
  void adam(FusedModel& model, float gradient_scale);

  std::shared_ptr<WorkerTeam> team_;
  AlignedFloats gradients_;
  AlignedFloats first_moments_;
  AlignedFloats second_moments_;
  std::uint64_t steps_ = 0;

  std::vector<Workspace> workspaces_;   // one per thread
  std::vector<ChunkResult> results_;    // one per chunk
  AlignedFloats features_;              // [batch, width], for the gathered head's gradient
  std::vector<float> term_gradients_;   // [batch, terms]
  std::size_t terms_ = 1;               // components of an action's value
  AlignedFloats folded_gradients_;      // of the folded last layer, where that is not the last one
  std::vector<std::uint32_t> touched_;  // components with a gradient from the last gathered step
};

}  // namespace flyball
