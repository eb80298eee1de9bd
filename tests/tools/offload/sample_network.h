// A small split network whose weights nobody trained, and certificates for tests.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>
#include <string>

#include "agent/vision/split_layout.h"
#include "env/config/fields_json.h"

namespace flyball {

// Of 16x16 pixels and 4 classes, with 8 channels.
inline Safetensors sample_network(std::uint64_t seed = 1) {
  const ImageShape shape{16, 16, 4};
  SplitNetworkConfig config;
  config.channels = 8;
  config.local_width = 8;
  config.remote_width = 12;
  const auto text = [](const auto& fields) {
    return fields_to_json<nlohmann::ordered_json>(fields).dump();
  };
  Safetensors file;
  file.metadata = {{"format", kSplitFormat}, {"image", text(shape)}, {"network", text(config)}};
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0.0F, 0.3F);
  for (const SplitParameter& parameter : split_parameters(shape, config)) {
    Tensor& tensor = file.tensors[parameter.name];
    tensor.shape = parameter.shape;
    std::size_t count = 1;
    for (const std::size_t size : parameter.shape) count *= size;
    const float centre = parameter.role == ParameterRole::kScale ? 1.0F : 0.0F;
    for (std::size_t i = 0; i < count; ++i) tensor.values.push_back(centre + normal(random));
  }
  return file;
}

inline void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// NAME.pem and NAME.key of `folder`: signed by itself, for localhost.
inline void write_certificate(const std::filesystem::path& folder, const std::string& name) {
  const std::string base = (folder / name).string();
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
      "/CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout " +
      base + ".key -out " + base + ".pem 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace flyball
