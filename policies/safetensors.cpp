#include "policies/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "env/text_file.h"
#include "policies/bounded_json.h"

namespace flyball {

namespace {

static_assert(std::endian::native == std::endian::little, "the data is little-endian");

constexpr std::size_t kLengthBytes = 8;

[[noreturn]] void fail(const std::string& message) { throw std::invalid_argument(message); }

// Where a tensor lies in the data.
struct Extent {
  std::string name;
  std::vector<std::size_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

nlohmann::json parse_header(std::string_view text) {
  nlohmann::json header;
  try {
    header = parse_json(text);
  } catch (const std::invalid_argument& error) {
    fail(fmt::format("header: {}", error.what()));
  }
  if (!header.is_object()) fail("header: a JSON object expected");
  const std::size_t tensors = header.size() - header.count("__metadata__");
  if (tensors > kMaxTensors) {
    fail(fmt::format("header: {} tensors, at most {} allowed", tensors, kMaxTensors));
  }
  return header;
}

std::string_view header_text(std::string_view bytes) {
  if (bytes.empty()) fail("the file is empty");
  if (bytes.size() < kLengthBytes) {
    fail(fmt::format("header length: the file has {} bytes, at least {} expected", bytes.size(),
                     kLengthBytes));
  }
  const bool is_text = std::all_of(bytes.begin(), bytes.begin() + kLengthBytes, [](char c) {
    return c == '\t' || c == '\n' || c == '\r' || (c >= ' ' && c <= '~');
  });
  if (is_text) fail("the file is text: a log, a configuration or JSON, not a policy");
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  if (length > bytes.size() - kLengthBytes) {
    if (const char* what = packed_as(bytes)) fail(what);
    fail(
        fmt::format("header length: {} bytes announced, {} follow: truncated, or not a "
                    "safetensors file",
                    length, bytes.size() - kLengthBytes));
  }
  if (length > kMaxHeaderBytes) {
    fail(fmt::format("header length: {} bytes, at most {} expected", length, kMaxHeaderBytes));
  }
  return bytes.substr(kLengthBytes, static_cast<std::size_t>(length));
}

std::vector<std::size_t> sizes_of(const nlohmann::json& entry, const std::string& name,
                                  const char* key) {
  const auto list = entry.find(key);
  if (list == entry.end() || !list->is_array()) {
    fail(fmt::format("tensor '{}'.{}: a list of integers expected", name, key));
  }
  std::vector<std::size_t> sizes;
  for (const nlohmann::json& size : *list) {
    if (!size.is_number_unsigned()) {
      fail(fmt::format("tensor '{}'.{}: {} is not an integer >= 0", name, key, size.dump()));
    }
    sizes.push_back(size.get<std::size_t>());
  }
  return sizes;
}

Extent extent_of(const std::string& name, const nlohmann::json& entry, std::size_t data_size) {
  if (!entry.is_object()) fail(fmt::format("tensor '{}': an object expected", name));
  const auto dtype = entry.find("dtype");
  if (dtype == entry.end() || *dtype != "F32") {
    fail(fmt::format("tensor '{}'.dtype: {}, \"F32\" expected", name,
                     dtype == entry.end() ? "absent" : dtype->dump()));
  }
  Extent extent{name, sizes_of(entry, name, "shape"), 0, 0};
  const std::vector<std::size_t> offsets = sizes_of(entry, name, "data_offsets");
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_size) {
    fail(
        fmt::format("tensor '{}'.data_offsets: [{}]: two ascending offsets of at most {} (the "
                    "size of the data) expected",
                    name, fmt::join(offsets, ", "), data_size));
  }
  extent.begin = offsets[0];
  extent.end = offsets[1];
  std::size_t count = 1;
  for (const std::size_t size : extent.shape) {
    if (size == 0 || size > data_size / sizeof(float) / count) {
      fail(fmt::format("tensor '{}'.shape: [{}]: sizes >= 1 that fit into the data expected", name,
                       fmt::join(extent.shape, ", ")));
    }
    count *= size;
  }
  if (extent.end - extent.begin != count * sizeof(float)) {
    fail(fmt::format("tensor '{}'.data_offsets: {} bytes, the shape [{}] of F32 needs {}", name,
                     extent.end - extent.begin, fmt::join(extent.shape, ", "),
                     count * sizeof(float)));
  }
  return extent;
}

// The format demands that the tensors cover the data without gaps or overlaps.
void check_cover(std::vector<Extent>& extents, std::size_t data_size) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  std::size_t position = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != position) {
      fail(fmt::format("tensor '{}'.data_offsets: begins at {}, {} expected: {}", extent.name,
                       extent.begin, position,
                       extent.begin < position ? "it overlaps another tensor" : "there is a gap"));
    }
    position = extent.end;
  }
  if (position != data_size) {
    fail(fmt::format("data: {} bytes, the tensors cover {}", data_size, position));
  }
}

std::map<std::string, std::string> metadata_of(const nlohmann::json& entry) {
  if (!entry.is_object()) fail("__metadata__: an object of strings expected");
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) fail(fmt::format("__metadata__.{}: a string expected", key));
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

}  // namespace

std::string write_safetensors(const Safetensors& content) {
  nlohmann::json header = nlohmann::json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::string data;
  for (const auto& [name, tensor] : content.tensors) {
    const std::size_t begin = data.size();
    const std::size_t bytes = tensor.values.size() * sizeof(float);
    data.append(reinterpret_cast<const char*>(tensor.values.data()), bytes);
    header[name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, begin + bytes}}};
  }
  std::string text = header.dump();
  text.append((kLengthBytes - text.size() % kLengthBytes) % kLengthBytes, ' ');
  const std::uint64_t length = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &length, kLengthBytes);
  return bytes + text + data;
}

Safetensors parse_safetensors(std::string_view bytes) {
  const std::string_view text = header_text(bytes);
  const std::string_view data = bytes.substr(kLengthBytes + text.size());
  const nlohmann::json header = parse_header(text);
  Safetensors content;
  std::vector<Extent> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      content.metadata = metadata_of(entry);
    } else {
      extents.push_back(extent_of(name, entry, data.size()));
    }
  }
  check_cover(extents, data.size());
  for (Extent& extent : extents) {
    Tensor& tensor = content.tensors[extent.name];
    tensor.shape = std::move(extent.shape);
    tensor.values.resize((extent.end - extent.begin) / sizeof(float));
    std::memcpy(tensor.values.data(), data.data() + extent.begin, extent.end - extent.begin);
  }
  return content;
}

}  // namespace flyball
