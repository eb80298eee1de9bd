#include "policies/safetensors.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>

#include "tests/support/skip.h"

using namespace flyball;

namespace {

// A file made by hand: header text and that many data bytes.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, '\0');
}

std::string refusal(const std::string& header, std::size_t data_bytes) {
  try {
    (void)parse_safetensors(file_of(header, data_bytes));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

}  // namespace

TEST_CASE("the bytes are those of the safetensors specification") {
  Safetensors content;
  content.metadata["key"] = "value \"quoted\"";
  content.tensors["b"] = {{2, 2}, {1.0F, 2.0F, 3.0F, 4.0F}};
  content.tensors["a"] = {{1}, {-1.0F}};
  const std::string bytes = write_safetensors(content);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  CHECK(bytes.size() == 8 + length + 20);
  CHECK(bytes.substr(8, length) ==
        std::string(R"({"__metadata__":{"key":"value \"quoted\""},)"
                    R"("a":{"data_offsets":[0,4],"dtype":"F32","shape":[1]},)"
                    R"("b":{"data_offsets":[4,20],"dtype":"F32","shape":[2,2]}})") +
            std::string(length - 152, ' '));
  float first = 0.0F;
  std::memcpy(&first, bytes.data() + 8 + length, 4);
  CHECK(first == -1.0F);
  const Safetensors back = parse_safetensors(bytes);
  CHECK(back.metadata == content.metadata);
  CHECK(back.tensors == content.tensors);
}

TEST_CASE("tensors may stand in any order, as long as they cover the data") {
  const Safetensors content =
      parse_safetensors(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},)"
                                R"("b":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}  )",
                                12));
  CHECK(content.tensors.at("a").values.size() == 2);
  CHECK(content.tensors.at("b").values.size() == 1);  // a scalar
}

TEST_CASE("a header that is not what it should be is refused") {
  CHECK(refusal("{", 0).starts_with("header: not valid JSON"));
  CHECK(refusal("[]", 0) == "header: a JSON object expected");
  CHECK(refusal(R"({"a":1})", 0) == "tensor 'a': an object expected");
  CHECK(refusal(R"({"__metadata__":{"k":1}})", 0) == "__metadata__.k: a string expected");
  CHECK(refusal(R"({"__metadata__":[]})", 0) == "__metadata__: an object of strings expected");
  CHECK(refusal(R"({"__metadata__":{"k":"1","k":"2"}})", 0) == "header: key 'k' appears twice");
  CHECK(refusal(std::string(100000, '['), 0).starts_with("header: nested deeper"));
}

TEST_CASE("tensors are counted, in linear time") {
  if (is_under_qemu()) return skip_test("timed, and qemu-user is slow");
  const auto many = [](std::size_t count) {
    std::string header;
    for (std::size_t i = 0; i < count; ++i) {
      header += (i == 0 ? "{" : ",") + ("\"x" + std::to_string(i)) +
                R"(":{"dtype":"F32","shape":[1],"data_offsets":[)" + std::to_string(4 * i) + "," +
                std::to_string(4 * i + 4) + "]}";
    }
    return refusal(header + "}", 4 * count);
  };
  CHECK(many(kMaxTensors).empty());
  CHECK(many(kMaxTensors + 1) == "header: 1025 tensors, at most 1024 allowed");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(many(50000) == "header: 50000 tensors, at most 1024 allowed");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("a tensor of another type, shape or place is refused by name") {
  CHECK(refusal(tensor("F16", "[1]", "[0,2]"), 2) == "tensor 'a'.dtype: \"F16\", \"F32\" expected");
  CHECK(refusal(tensor("F32", "[2]", "[0,4]"), 4) ==
        "tensor 'a'.shape: [2]: sizes >= 1 that fit into the data expected");
  CHECK(refusal(tensor("F32", "[1]", "[0,8]"), 8) ==
        "tensor 'a'.data_offsets: 8 bytes, the shape [1] of F32 needs 4");
  CHECK(refusal(tensor("F32", "[1]", "[4,0]"), 4).starts_with("tensor 'a'.data_offsets: [4, 0]"));
  CHECK(refusal(tensor("F32", "[1]", "[0,4000]"), 4)
            .starts_with("tensor 'a'.data_offsets: [0, 4000]"));
  CHECK(refusal(tensor("F32", "[1]", "[0]"), 4).starts_with("tensor 'a'.data_offsets: [0]"));
  CHECK(refusal(tensor("F32", "[-1]", "[0,4]"), 4) ==
        "tensor 'a'.shape: -1 is not an integer >= 0");
  CHECK(refusal(tensor("F32", "[0]", "[0,0]"), 0).starts_with("tensor 'a'.shape: [0]"));
  CHECK(refusal(tensor("F32", "[4294967296,4294967296,4294967296]", "[0,4]"), 4)
            .starts_with("tensor 'a'.shape:"));
  CHECK(refusal(R"({"a":{"dtype":"F32","shape":[1]}})", 4) ==
        "tensor 'a'.data_offsets: a list of integers expected");
}

TEST_CASE("gaps, overlaps and spare data are refused") {
  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + a +
           R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + b + "}}";
  };
  CHECK(refusal(two("[0,4]", "[4,8]"), 8).empty());
  CHECK(refusal(two("[0,4]", "[0,4]"), 4).ends_with("it overlaps another tensor"));
  CHECK(refusal(two("[0,4]", "[8,12]"), 12).ends_with("there is a gap"));
  CHECK(refusal(two("[0,4]", "[4,8]"), 12) == "data: 12 bytes, the tensors cover 8");
}
