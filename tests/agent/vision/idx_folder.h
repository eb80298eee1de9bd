// Small images for tests: a bright square in one of four quarters, which is the label.
#pragma once

#include <doctest/doctest.h>
#include <zlib.h>

#include <cstdint>
#include <filesystem>
#include <random>
#include <string>

#include "agent/vision/idx_file.h"

namespace flyball {

// 16x16 pixels of noise; the square stands anywhere within its quarter.
inline LabelledImages squares(std::size_t count, std::uint64_t seed) {
  constexpr std::size_t kSize = 16;
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<int> noise(0, 120);
  std::uniform_int_distribution<std::size_t> offset(0, 4);
  LabelledImages images{kSize, kSize, {}, {}};
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t label = i % 4;
    const std::size_t top = label / 2 * 8 + offset(random);
    const std::size_t left = label % 2 * 8 + offset(random);
    for (std::size_t row = 0; row < kSize; ++row) {
      for (std::size_t column = 0; column < kSize; ++column) {
        const bool inside = row - top < 4 && column - left < 4;  // below 0 is far above 4
        images.pixels.push_back(static_cast<std::uint8_t>(noise(random) + (inside ? 130 : 0)));
      }
    }
    images.labels.push_back(static_cast<std::uint8_t>(label));
  }
  return images;
}

inline void write_gzip(const std::filesystem::path& file, const std::string& bytes) {
  gzFile packed = gzopen(file.c_str(), "wb");
  REQUIRE(packed != nullptr);
  REQUIRE(gzwrite(packed, bytes.data(), static_cast<unsigned>(bytes.size())) ==
          static_cast<int>(bytes.size()));
  REQUIRE(gzclose(packed) == Z_OK);
}

// As read_labelled_images() reads it.
inline void write_idx_folder(const std::filesystem::path& folder, ImagePart part,
                             const LabelledImages& images) {
  const auto size = [](std::size_t value) {
    std::string text;
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xff);
    return text;
  };
  const std::string prefix = part == ImagePart::kTrain ? "train" : "t10k";
  write_gzip(folder / (prefix + "-images-idx3-ubyte.gz"),
             std::string("\0\0\x08\x03", 4) + size(images.count()) + size(images.rows) +
                 size(images.columns) + std::string(images.pixels.begin(), images.pixels.end()));
  write_gzip(folder / (prefix + "-labels-idx1-ubyte.gz"),
             std::string("\0\0\x08\x01", 4) + size(images.count()) +
                 std::string(images.labels.begin(), images.labels.end()));
}

}  // namespace flyball
