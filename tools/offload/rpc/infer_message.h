// A split network's channels and answers as messages of the protocol. Pure functions.
//
// Inputs of the model, whatever its name (n channels are sent):
//
//   channels    UINT8 [n]                  their numbers, ascending
//   features    UINT8 [n, rows, columns]   or INT8: value = scale * (number - zero_point)
//   scale       FP32 [1]
//   zero_point  INT32 [1]
//
// Output: logits, FP32 [classes], and the response's parameter compute_seconds (double), which a
// server may leave out. All of a request are tensors, because Triton hands request parameters to
// its Python backend alone. Contents are raw, or typed in the lists that the protocol has for them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/vision/split_runtime.h"
#include "tools/offload/rpc/protocol.h"

namespace flyball {

inline constexpr const char* kComputeSeconds = "compute_seconds";

// What a network takes and gives.
struct ServedShape {
  std::size_t channels = 0;
  MapSize map;
  std::size_t classes = 0;
};

ServedShape served_shape(const ImageShape& image, const SplitNetworkConfig& config);
// No request of a network that is served is longer than this, with whatever encoding.
std::size_t largest_request_bytes(const ServedShape& shape);

void describe(const ServedShape& shape, inference::ModelMetadataResponse& metadata);

// With raw contents. Model and version are the caller's to set.
void write_request(const SentChannels& sent, MapSize map, inference::ModelInferRequest& request);
// Throws std::invalid_argument naming the input at fault and what was expected.
SentChannels read_request(const inference::ModelInferRequest& request, const ServedShape& shape);

void write_answer(std::span<const float> logits, double compute_seconds,
                  inference::ModelInferResponse& response);

struct InferAnswer {
  std::vector<float> logits;
  std::optional<double> compute_seconds;
};
// Throws std::invalid_argument likewise.
InferAnswer read_answer(const inference::ModelInferResponse& response, std::size_t classes);

}  // namespace flyball
