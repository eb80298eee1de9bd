#include "tools/offload/rpc/infer_message.h"

#include <doctest/doctest.h>

#include <functional>
#include <limits>
#include <stdexcept>

using namespace flyball;
using inference::ModelInferRequest;

namespace {

const ServedShape kShape{8, {2, 3}, 4};

SentChannels sample() { return {{1, 6}, {0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11}, 0.5F, 2}; }

ModelInferRequest request_of(const SentChannels& sent) {
  ModelInferRequest request;
  write_request(sent, kShape.map, request);
  return request;
}

// The same with typed contents.
ModelInferRequest typed_request() {
  ModelInferRequest request = request_of(sample());
  request.clear_raw_input_contents();
  for (const int channel : {1, 6}) {
    request.mutable_inputs(0)->mutable_contents()->add_uint_contents(
        static_cast<std::uint32_t>(channel));
  }
  for (const std::uint8_t value : sample().values) {
    request.mutable_inputs(1)->mutable_contents()->add_uint_contents(value);
  }
  request.mutable_inputs(2)->mutable_contents()->add_fp32_contents(0.5F);
  request.mutable_inputs(3)->mutable_contents()->add_int_contents(2);
  return request;
}

void check_sample(const SentChannels& sent) {
  CHECK(sent.channels == sample().channels);
  CHECK(sent.values == sample().values);
  CHECK(sent.scale == sample().scale);
  CHECK(sent.zero_point == sample().zero_point);
}

// What is said of a request after `change`.
std::string refusal(const std::function<void(ModelInferRequest&)>& change,
                    ModelInferRequest request = request_of(sample())) {
  change(request);
  try {
    read_request(request, kShape);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("channels come through a message as they were, raw or number by number") {
  check_sample(read_request(request_of(sample()), kShape));
  check_sample(read_request(typed_request(), kShape));
  CHECK(typed_request().ByteSizeLong() < largest_request_bytes(kShape));
}

TEST_CASE("signed numbers mean the same as unsigned ones, raw or number by number") {
  const SentChannels sent = sample();
  const auto shifted = [&](bool raw) {
    ModelInferRequest request = raw ? request_of(sent) : typed_request();
    auto& features = *request.mutable_inputs(1);
    features.set_datatype("INT8");
    features.mutable_contents()->clear_uint_contents();
    std::string bytes;
    for (const std::uint8_t value : sent.values) {
      bytes += static_cast<char>(value - 128);
      features.mutable_contents()->add_int_contents(value - 128);
    }
    const std::int32_t zero_point = 2 - 128;
    if (raw) {
      features.clear_contents();
      request.set_raw_input_contents(1, bytes);
      request.set_raw_input_contents(
          3, std::string(reinterpret_cast<const char*>(&zero_point), sizeof zero_point));
    } else {
      request.mutable_inputs(3)->mutable_contents()->set_int_contents(0, zero_point);
    }
    return request;
  };
  check_sample(read_request(shifted(true), kShape));
  check_sample(read_request(shifted(false), kShape));
}

TEST_CASE("what does not fit is refused by the tensor's name") {
  CHECK(refusal([](auto& r) { r.mutable_inputs(1)->set_name("images"); }) ==
        "no tensor \"features\"");
  CHECK(refusal([](auto& r) { r.mutable_inputs(1)->set_datatype("FP32"); }) ==
        "features: datatype FP32, UINT8 or INT8 expected");
  CHECK(refusal([](auto& r) { r.mutable_inputs(1)->set_shape(2, 4); }) ==
        "features: shape [2, 2, 4], [2, 2, 3] expected");
  CHECK(refusal([](auto& r) { r.set_raw_input_contents(1, "short"); }) ==
        "features: 5 bytes for shape [2, 2, 3] of UINT8");
  CHECK(refusal([](auto& r) { r.mutable_inputs(0)->set_shape(0, 9); }) ==
        "channels: shape [9], one size of 1 to 8 expected");
  CHECK(refusal([](auto& r) { r.mutable_inputs(0)->set_shape(0, -1); }) ==
        "channels: shape [-1], one size of 1 to 8 expected");
  CHECK(refusal([](auto& r) { r.mutable_raw_input_contents()->RemoveLast(); }).find("for none") !=
        std::string::npos);
  CHECK(refusal([](auto& r) { r.add_outputs()->set_name("boxes"); }) == "no output \"boxes\"");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(refusal([&](auto& r) {
          r.set_raw_input_contents(2, std::string(reinterpret_cast<const char*>(&nan), 4));
        }).starts_with("scale: "));
  CHECK(refusal([](auto& r) { r.mutable_inputs(3)->mutable_contents()->set_int_contents(0, 300); },
                typed_request()) == "zero_point: 300, -128 to 255 expected");
  CHECK(refusal([](auto& r) { r.mutable_inputs(1)->mutable_contents()->set_uint_contents(0, 256); },
                typed_request()) == "features: 256 is no UINT8");
  CHECK(refusal([](auto& r) { r.mutable_inputs(1)->mutable_contents()->add_uint_contents(1); },
                typed_request()) == "features: 13 numbers for shape [2, 2, 3]");
}

TEST_CASE("an answer comes back with the server's time, or without, and no other is taken") {
  const std::vector<float> logits = {1.0F, -2.0F, 3.5F, 0.0F};
  inference::ModelInferResponse response;
  write_answer(logits, 0.25, response);
  const InferAnswer answer = read_answer(response, 4);
  CHECK(answer.logits == logits);
  CHECK(answer.compute_seconds == 0.25);
  CHECK_THROWS_AS(read_answer(response, 5), std::invalid_argument);

  inference::ModelInferResponse typed;
  auto& output = *typed.add_outputs();
  output.set_name("logits");
  output.set_datatype("FP32");
  output.add_shape(4);
  for (const float logit : logits) output.mutable_contents()->add_fp32_contents(logit);
  CHECK(read_answer(typed, 4).logits == logits);
  CHECK(!read_answer(typed, 4).compute_seconds);
  output.mutable_contents()->set_fp32_contents(2, std::numeric_limits<float>::infinity());
  CHECK_THROWS_WITH_AS(read_answer(typed, 4), "logits: finite numbers expected",
                       std::invalid_argument);
}
