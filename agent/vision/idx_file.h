// Labelled images in MNIST's idx format, packed by gzip (Debian: dataset-fashion-mnist). Free
// functions.
//
// An idx file: two zero bytes, 8 (bytes follow), the number of dimensions, each dimension as a
// 32-bit big-endian number, then the values, the last dimension fastest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace flyball {

struct LabelledImages {
  std::size_t rows = 0;              // pixels
  std::size_t columns = 0;           // pixels
  std::vector<std::uint8_t> pixels;  // [images, rows, columns], 0 to 255
  std::vector<std::uint8_t> labels;  // [images]

  std::size_t count() const { return labels.size(); }
  std::size_t image_size() const { return rows * columns; }
  // Of the images [first, first + number).
  std::span<const std::uint8_t> pixels_of(std::size_t first, std::size_t number) const {
    return std::span(pixels).subspan(first * image_size(), number * image_size());
  }
};

enum class ImagePart : std::uint8_t { kTrain, kTest };

// Where Debian's package puts them.
inline constexpr const char* kFashionMnistFolder = "/usr/share/datasets/fashion-mnist";

// An idx file of bytes with that many dimensions; the sizes, then the values. Throws DataError
// naming the file and what was expected.
struct IdxBytes {
  std::vector<std::size_t> sizes;
  std::vector<std::uint8_t> values;
};
IdxBytes read_idx_file(const std::filesystem::path& file, std::size_t dimensions);

// {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz of a folder: the first `limit` of them, or all
// there are. Throws DataError, also where a label is not below `classes`.
LabelledImages read_labelled_images(const std::filesystem::path& folder, ImagePart part,
                                    std::size_t classes, std::size_t limit = SIZE_MAX);

}  // namespace flyball
