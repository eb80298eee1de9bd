// A QNetwork's parameters in one flat array, and what can be computed from them for a chunk of
// rows. Const functions are thread-safe, each thread with a workspace of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/networks/fused_head.h"
#include "agent/networks/fused_kernels.h"
#include "agent/networks/fused_layout.h"
#include "agent/networks/q_network.h"

namespace flyball {

// Rows are worked on in chunks of so many; a chunk is one thread's work.
inline constexpr std::size_t kChunkRows = 128;
inline std::size_t chunk_count(std::size_t rows) { return (rows + kChunkRows - 1) / kChunkRows; }

// At most kChunkRows observations, side by side.
struct ChunkRows {
  const float* observations = nullptr;
  std::size_t first = 0;  // the row of the batch that the chunk begins with
  std::size_t count = 0;
};

// What one thread writes to while it works on a chunk; reused.
struct FusedWorkspace {
  std::vector<AlignedFloats> outputs;  // of the hidden layers, [rows, width]
  AlignedFloats transposed;            // of the last hidden layer, [width, stride]
  AlignedFloats transposed_z;          // [outputs, stride]
  AlignedFloats z;                     // [rows, outputs]
};

class FusedModel {
 public:
  // With the parameters of QNetwork(shape, config, seed). Throws std::invalid_argument as it does.
  FusedModel(const QNetworkShape& shape, const QNetworkConfig& config, std::uint64_t seed,
             const FusedKernels& kernels);
  FusedModel(const FusedModel& other);
  FusedModel& operator=(const FusedModel&) = delete;

  const FusedLayout& layout() const { return layout_; }
  const FusedHead& head() const { return head_; }
  const FusedKernels& kernels() const { return *kernels_; }
  const QNetworkConfig& config() const { return config_; }
  std::size_t observation_size() const { return head_.shape().observation_size; }

  const AlignedFloats& parameters() const { return parameters_; }
  // Call changed() after writing to them.
  AlignedFloats& parameters() { return parameters_; }
  void changed() { head_.refresh(parameters_, layout_.last); }

  ChunkRows chunk(std::span<const float> observations, std::size_t index) const;
  FusedWorkspace workspace() const;

  // What the last layer reads: [rows, width], in the workspace unless there is no hidden layer.
  const float* features(const ChunkRows& rows, FusedWorkspace& space) const;
  // z = W features + b, [rows, outputs], into the workspace.
  float* make_z(const float* features, std::size_t rows, FusedWorkspace& space) const;

  // Of a chunk, as QFunction has them for a batch.
  void predict(const ChunkRows& rows, FusedWorkspace& space, float* values) const;
  void cheapest(const ChunkRows& rows, FusedWorkspace& space,
                std::span<const std::uint32_t> allowed, std::uint32_t* actions) const;
  void evaluate(const ChunkRows& rows, FusedWorkspace& space, const std::uint32_t* actions,
                float* values) const;

 private:
  TransposedRows transposed_features(const ChunkRows& rows, FusedWorkspace& space) const;
  float gathered_value(const float* features, std::uint32_t action) const;

  QNetworkConfig config_;
  const FusedKernels* kernels_;
  FusedHead head_;
  FusedLayout layout_;
  AlignedFloats parameters_;
};

}  // namespace flyball
