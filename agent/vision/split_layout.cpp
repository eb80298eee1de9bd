#include "agent/vision/split_layout.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/crc.hpp>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "env/config/check_fields.h"
#include "env/config/fields_json.h"
#include "env/errors.h"
#include "env/text_file.h"
#include "policies/bounded_json.h"

namespace flyball {

namespace {

[[noreturn]] void refuse(const std::string& what) { throw std::invalid_argument(what); }

template <typename Config>
Config config_of(const Safetensors& file, const char* key) {
  const auto text = file.metadata.find(key);
  if (text == file.metadata.end()) refuse(fmt::format("metadata '{}' is missing", key));
  return fields_from_json<Config>(parse_json(text->second), key);
}

void add_norm(std::vector<SplitParameter>& all, const std::string& name, std::size_t channels) {
  all.push_back({name + ".scale", {channels}, ParameterRole::kScale});
  all.push_back({name + ".shift", {channels}, ParameterRole::kShift});
}

void add_head(std::vector<SplitParameter>& all, const std::string& name, const ImageShape& shape,
              std::size_t channels, std::size_t width) {
  const MapSize inner = head_map(shape);
  const std::size_t pooled = (inner.rows / 2) * (inner.columns / 2);
  all.push_back({name + ".conv", {width, channels, 3, 3}});
  add_norm(all, name + ".norm", width);
  all.push_back({name + ".conv2", {width, width, 3, 3}});
  add_norm(all, name + ".norm2", width);
  all.push_back({name + ".linear", {shape.classes, width * pooled}});
  all.push_back({name + ".bias", {shape.classes}, ParameterRole::kShift});
}

void require_parameters(const Safetensors& file, const SplitHeader& header) {
  for (const SplitParameter& parameter : split_parameters(header.shape, header.config)) {
    const auto stored = file.tensors.find(parameter.name);
    if (stored == file.tensors.end()) {
      refuse(fmt::format("tensor '{}' is missing", parameter.name));
    }
    if (stored->second.shape != parameter.shape) {
      refuse(fmt::format("tensor '{}': shape [{}] expected", parameter.name,
                         fmt::join(parameter.shape, ", ")));
    }
  }
}

}  // namespace

void validate(const SplitNetworkConfig& config) {
  check_fields(config, "network");
  for (const auto& [key, width] :
       {std::pair{"channels", config.channels}, std::pair{"local_width", config.local_width},
        std::pair{"remote_width", config.remote_width}}) {
    if (width % kSplitGroups != 0) {
      refuse(fmt::format("network.{} = {}: a multiple of {} expected", key, width, kSplitGroups));
    }
  }
  if (config.reduction > config.channels) {
    refuse(fmt::format("network.reduction = {}: at most channels, {}, expected", config.reduction,
                       config.channels));
  }
}

void validate(const SplitTrainConfig& config, const SplitNetworkConfig& network) {
  check_fields(config, "train");
  if (config.skewness_top > network.channels) {
    refuse(fmt::format("train.skewness_top = {}: at most network.channels, {}, expected",
                       config.skewness_top, network.channels));
  }
}

MapSize split_map(const ImageShape& shape) {
  return {half_size(shape.rows), half_size(shape.columns)};
}

MapSize head_map(const ImageShape& shape) {
  const MapSize map = split_map(shape);
  return {half_size(map.rows), half_size(map.columns)};
}

std::vector<SplitParameter> split_parameters(const ImageShape& shape,
                                             const SplitNetworkConfig& config) {
  std::vector<SplitParameter> all;
  all.push_back({"extractor.conv", {config.channels, 1, 5, 5}});
  add_norm(all, "extractor.norm", config.channels);
  if (config.kind == NetworkKind::kSplit) {
    const std::size_t narrow = std::max<std::size_t>(1, config.channels / config.reduction);
    all.push_back({"attention.squeeze", {narrow, config.channels}});
    all.push_back({"attention.expand", {config.channels, narrow}});
    all.push_back({"attention.kernel", {1, 2, 3, 3}});
    add_head(all, "local", shape, config.channels, config.local_width);
    all.push_back({"lambda.offset", {1}, ParameterRole::kShift});
    all.push_back({"lambda.slope", {1}, ParameterRole::kShift});
  }
  add_head(all, "remote", shape, config.channels, config.remote_width);
  return all;
}

SplitHeader read_split_header(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  if (format == file.metadata.end() || format->second != kSplitFormat) {
    refuse(fmt::format("metadata 'format': \"{}\" expected", kSplitFormat));
  }
  SplitHeader header{config_of<ImageShape>(file, "image"),
                     config_of<SplitNetworkConfig>(file, "network")};
  check_fields(header.shape, "image");
  validate(header.config);
  require_parameters(file, header);
  return header;
}

Safetensors read_split_file(const std::string& path) {
  if (!std::filesystem::exists(path)) throw DataError(path + ": no such file");
  if (std::filesystem::is_regular_file(path) &&
      std::filesystem::file_size(path) > kMaxNetworkBytes) {
    throw DataError(fmt::format("{}: larger than {} bytes", path, kMaxNetworkBytes));
  }
  try {
    return parse_safetensors(read_text_file(path));
  } catch (const std::invalid_argument& error) {
    throw DataError(fmt::format("{}: {}", path, error.what()));
  }
}

std::string split_version(const Safetensors& file) {
  const std::string bytes = write_safetensors(file);
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return std::to_string(crc.checksum());
}

}  // namespace flyball
