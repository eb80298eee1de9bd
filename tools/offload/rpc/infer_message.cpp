#include "tools/offload/rpc/infer_message.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string_view>

namespace flyball {

namespace {

using inference::InferTensorContents;

static_assert(std::endian::native == std::endian::little, "raw contents are little-endian");

constexpr std::size_t kLargestTypedByte = 10;  // a negative number, as the protocol writes it
constexpr std::size_t kOtherBytes = 4096;      // names, shapes, parameters

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

// One tensor of a message: where its contents are, and how they are given.
struct TensorView {
  std::string name;
  std::string datatype;
  std::vector<std::int64_t> shape;
  const InferTensorContents* typed = nullptr;  // null: raw
  std::string_view raw;

  std::size_t count() const {
    std::size_t product = 1;
    for (const std::int64_t size : shape) product *= static_cast<std::size_t>(size);
    return product;
  }
};

// `at`: of messages with a list of tensors and a list of raw contents, which is as long or empty.
template <typename Tensors, typename Raw>
TensorView view_of(const Tensors& tensors, const Raw& raw, const char* name) {
  for (int at = 0; at < tensors.size(); ++at) {
    const auto& tensor = tensors[at];
    if (tensor.name() != name) continue;
    TensorView view{
        name, tensor.datatype(), {tensor.shape().begin(), tensor.shape().end()}, {}, {}};
    if (raw.empty()) {
      view.typed = &tensor.contents();
    } else if (raw.size() != tensors.size() || tensor.has_contents()) {
      refuse(fmt::format("{}: raw contents for each tensor, or for none, expected", name));
    } else {
      view.raw = raw[at];
    }
    return view;
  }
  refuse(fmt::format("no tensor \"{}\"", name));
}

void require_shape(const TensorView& tensor, const std::vector<std::int64_t>& expected) {
  if (tensor.shape != expected) {
    refuse(fmt::format("{}: shape [{}], [{}] expected", tensor.name, fmt::join(tensor.shape, ", "),
                       fmt::join(expected, ", ")));
  }
}

void require_count(const TensorView& tensor, std::size_t count) {
  if (count != tensor.count()) {
    refuse(fmt::format("{}: {} numbers for shape [{}]", tensor.name, count,
                       fmt::join(tensor.shape, ", ")));
  }
}

template <typename T>
std::vector<T> raw_numbers(const TensorView& tensor) {
  if (tensor.raw.size() != tensor.count() * sizeof(T)) {
    refuse(fmt::format("{}: {} bytes for shape [{}] of {}", tensor.name, tensor.raw.size(),
                       fmt::join(tensor.shape, ", "), tensor.datatype));
  }
  std::vector<T> values(tensor.count());
  std::memcpy(values.data(), tensor.raw.data(), tensor.raw.size());
  return values;
}

// Of the protocol's list for its kind, held against the range of T.
template <typename T, typename List>
std::vector<T> typed_numbers(const TensorView& tensor, const List& list) {
  require_count(tensor, static_cast<std::size_t>(list.size()));
  std::vector<T> values;
  values.reserve(tensor.count());
  for (const auto number : list) {
    const auto value = static_cast<T>(number);
    if (static_cast<std::int64_t>(value) != static_cast<std::int64_t>(number)) {
      refuse(fmt::format("{}: {} is no {}", tensor.name, number, tensor.datatype));
    }
    values.push_back(value);
  }
  return values;
}

// Requires datatype UINT8, or INT8 where that is allowed.
std::vector<std::uint8_t> unsigned_bytes(const TensorView& tensor) {
  return tensor.typed ? typed_numbers<std::uint8_t>(tensor, tensor.typed->uint_contents())
                      : raw_numbers<std::uint8_t>(tensor);
}

std::vector<std::int8_t> signed_bytes(const TensorView& tensor) {
  return tensor.typed ? typed_numbers<std::int8_t>(tensor, tensor.typed->int_contents())
                      : raw_numbers<std::int8_t>(tensor);
}

std::vector<float> floats(const TensorView& tensor) {
  if (tensor.datatype != "FP32") {
    refuse(fmt::format("{}: datatype {}, FP32 expected", tensor.name, tensor.datatype));
  }
  if (!tensor.typed) return raw_numbers<float>(tensor);
  const auto& list = tensor.typed->fp32_contents();
  require_count(tensor, static_cast<std::size_t>(list.size()));
  return {list.begin(), list.end()};
}

template <typename Request>
TensorView input(const Request& request, const char* name) {
  return view_of(request.inputs(), request.raw_input_contents(), name);
}

std::vector<ChannelNumber> read_channels(const inference::ModelInferRequest& request,
                                         std::size_t channels) {
  const TensorView tensor = input(request, "channels");
  if (tensor.datatype != "UINT8") {
    refuse(fmt::format("channels: datatype {}, UINT8 expected", tensor.datatype));
  }
  const bool fits = tensor.shape.size() == 1 && tensor.shape[0] >= 1 &&
                    tensor.shape[0] <= static_cast<std::int64_t>(channels);
  if (!fits) {
    refuse(fmt::format("channels: shape [{}], one size of 1 to {} expected",
                       fmt::join(tensor.shape, ", "), channels));
  }
  return unsigned_bytes(tensor);
}

// Signed numbers are moved up by 128, and so is their zero point.
void read_features(const inference::ModelInferRequest& request, MapSize map, SentChannels& sent) {
  const TensorView tensor = input(request, "features");
  require_shape(
      tensor, {static_cast<std::int64_t>(sent.channels.size()), static_cast<std::int64_t>(map.rows),
               static_cast<std::int64_t>(map.columns)});
  if (tensor.datatype == "UINT8") {
    sent.values = unsigned_bytes(tensor);
  } else if (tensor.datatype == "INT8") {
    for (const std::int8_t value : signed_bytes(tensor)) {
      sent.values.push_back(static_cast<std::uint8_t>(value + 128));
    }
    sent.zero_point += 128;
  } else {
    refuse(fmt::format("features: datatype {}, UINT8 or INT8 expected", tensor.datatype));
  }
}

template <typename Tensor>
void name_tensor(Tensor& tensor, const char* name, const char* datatype,
                 const std::vector<std::int64_t>& shape) {
  tensor.set_name(name);
  tensor.set_datatype(datatype);
  for (const std::int64_t size : shape) tensor.add_shape(size);
}

template <typename T>
std::string bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

template <typename T>
void add_input(inference::ModelInferRequest& request, const char* name, const char* datatype,
               const std::vector<std::int64_t>& shape, std::span<const T> values) {
  name_tensor(*request.add_inputs(), name, datatype, shape);
  request.add_raw_input_contents(bytes_of(values));
}

}  // namespace

ServedShape served_shape(const ImageShape& image, const SplitNetworkConfig& config) {
  return {config.channels, split_map(image), image.classes};
}

std::size_t largest_request_bytes(const ServedShape& shape) {
  return shape.channels * (shape.map.area() + 1) * kLargestTypedByte + kOtherBytes;
}

void describe(const ServedShape& shape, inference::ModelMetadataResponse& metadata) {
  const auto rows = static_cast<std::int64_t>(shape.map.rows);
  const auto columns = static_cast<std::int64_t>(shape.map.columns);
  name_tensor(*metadata.add_inputs(), "channels", "UINT8", {-1});
  name_tensor(*metadata.add_inputs(), "features", "UINT8", {-1, rows, columns});
  name_tensor(*metadata.add_inputs(), "scale", "FP32", {1});
  name_tensor(*metadata.add_inputs(), "zero_point", "INT32", {1});
  name_tensor(*metadata.add_outputs(), "logits", "FP32",
              {static_cast<std::int64_t>(shape.classes)});
}

void write_request(const SentChannels& sent, MapSize map, inference::ModelInferRequest& request) {
  const auto count = static_cast<std::int64_t>(sent.channels.size());
  add_input(request, "channels", "UINT8", {count}, std::span(sent.channels));
  add_input(request, "features", "UINT8",
            {count, static_cast<std::int64_t>(map.rows), static_cast<std::int64_t>(map.columns)},
            std::span(sent.values));
  add_input(request, "scale", "FP32", {1}, std::span(&sent.scale, 1));
  add_input(request, "zero_point", "INT32", {1}, std::span(&sent.zero_point, 1));
}

SentChannels read_request(const inference::ModelInferRequest& request, const ServedShape& shape) {
  SentChannels sent;
  const TensorView scale = input(request, "scale");
  require_shape(scale, {1});
  sent.scale = floats(scale)[0];
  if (!std::isfinite(sent.scale) || sent.scale <= 0.0F) {
    refuse(fmt::format("scale: {}, a number above 0 expected", sent.scale));
  }
  const TensorView zero_point = input(request, "zero_point");
  require_shape(zero_point, {1});
  if (zero_point.datatype != "INT32") {
    refuse(fmt::format("zero_point: datatype {}, INT32 expected", zero_point.datatype));
  }
  sent.zero_point = zero_point.typed ? typed_numbers<std::int32_t>(
                                           zero_point, zero_point.typed->int_contents())[0]
                                     : raw_numbers<std::int32_t>(zero_point)[0];
  if (sent.zero_point < -128 || sent.zero_point > 255) {
    refuse(fmt::format("zero_point: {}, -128 to 255 expected", sent.zero_point));
  }
  sent.channels = read_channels(request, shape.channels);
  read_features(request, shape.map, sent);
  for (const auto& output : request.outputs()) {
    if (output.name() != "logits") refuse(fmt::format("no output \"{}\"", output.name()));
  }
  return sent;
}

void write_answer(std::span<const float> logits, double compute_seconds,
                  inference::ModelInferResponse& response) {
  name_tensor(*response.add_outputs(), "logits", "FP32",
              {static_cast<std::int64_t>(logits.size())});
  response.add_raw_output_contents(bytes_of(logits));
  (*response.mutable_parameters())[kComputeSeconds].set_double_param(compute_seconds);
}

InferAnswer read_answer(const inference::ModelInferResponse& response, std::size_t classes) {
  const TensorView tensor = view_of(response.outputs(), response.raw_output_contents(), "logits");
  require_shape(tensor, {static_cast<std::int64_t>(classes)});
  InferAnswer answer{floats(tensor), {}};
  for (const float logit : answer.logits) {
    if (!std::isfinite(logit)) refuse("logits: finite numbers expected");
  }
  const auto seconds = response.parameters().find(kComputeSeconds);
  if (seconds != response.parameters().end() && std::isfinite(seconds->second.double_param()) &&
      seconds->second.double_param() >= 0.0) {
    answer.compute_seconds = seconds->second.double_param();
  }
  return answer;
}

}  // namespace flyball
