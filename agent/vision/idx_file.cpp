#include "agent/vision/idx_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "env/errors.h"

namespace flyball {

namespace {

constexpr std::uint8_t kBytesFollow = 8;
constexpr std::size_t kLargestFile = std::size_t{1} << 30;  // unpacked

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw DataError(fmt::format("{}: {}", file.string(), what));
}

// A gzip file that is read to its end.
class PackedFile {
 public:
  explicit PackedFile(const std::filesystem::path& path)
      : path_(path), file_(gzopen(path.c_str(), "rb"), gzclose) {
    if (!file_) fail(path, "cannot be opened; Debian's dataset-fashion-mnist has such files");
  }

  void read(std::uint8_t* bytes, std::size_t count) {
    while (count > 0) {
      const auto wanted = static_cast<unsigned>(std::min<std::size_t>(count, 1 << 20));
      const int got = gzread(file_.get(), bytes, wanted);
      if (got <= 0) fail(path_, fmt::format("damaged or cut off: {} bytes are missing", count));
      bytes += got;
      count -= static_cast<std::size_t>(got);
    }
  }

  bool has_ended() {
    std::uint8_t byte = 0;
    return gzread(file_.get(), &byte, 1) == 0;
  }

 private:
  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

std::size_t read_size(PackedFile& packed) {
  std::array<std::uint8_t, 4> bytes{};
  packed.read(bytes.data(), bytes.size());
  std::size_t size = 0;
  for (const std::uint8_t byte : bytes) size = size << 8 | byte;
  return size;
}

}  // namespace

IdxBytes read_idx_file(const std::filesystem::path& file, std::size_t dimensions) {
  PackedFile packed(file);
  std::array<std::uint8_t, 4> magic{};
  packed.read(magic.data(), magic.size());
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != kBytesFollow || magic[3] != dimensions) {
    fail(file, fmt::format("begins with {:02x}{:02x}{:02x}{:02x}, 000008{:02x} expected: an idx "
                           "file of bytes with {} dimensions",
                           magic[0], magic[1], magic[2], magic[3], dimensions, dimensions));
  }
  IdxBytes content;
  std::size_t count = 1;
  for (std::size_t i = 0; i < dimensions; ++i) {
    const std::size_t size = read_size(packed);
    if (size == 0 || size > kLargestFile / count) {
      fail(file, fmt::format("dimension {}: size {}, 1 to {} expected", i + 1, size,
                             kLargestFile / count));
    }
    count *= size;
    content.sizes.push_back(size);
  }
  content.values.resize(count);
  packed.read(content.values.data(), count);
  if (!packed.has_ended()) fail(file, "goes on after the values that its dimensions announce");
  return content;
}

LabelledImages read_labelled_images(const std::filesystem::path& folder, ImagePart part,
                                    std::size_t classes, std::size_t limit) {
  const std::string prefix = part == ImagePart::kTrain ? "train" : "t10k";
  const std::filesystem::path image_file = folder / (prefix + "-images-idx3-ubyte.gz");
  const std::filesystem::path label_file = folder / (prefix + "-labels-idx1-ubyte.gz");
  IdxBytes images = read_idx_file(image_file, 3);
  IdxBytes labels = read_idx_file(label_file, 1);
  if (images.sizes[0] != labels.sizes[0]) {
    fail(label_file, fmt::format("{} labels for {} images", labels.sizes[0], images.sizes[0]));
  }
  LabelledImages result{images.sizes[1], images.sizes[2], std::move(images.values),
                        std::move(labels.values)};
  const std::size_t count = std::min(limit, result.count());
  result.labels.resize(count);
  result.pixels.resize(count * result.image_size());
  for (const std::uint8_t label : result.labels) {
    if (label >= classes) {
      fail(label_file, fmt::format("label {}: below {} expected", label, classes));
    }
  }
  return result;
}

}  // namespace flyball
