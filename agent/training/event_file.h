// Scalars for TensorBoard: an event file, records of the TFRecord container around Event messages
// of TensorFlow's event.proto, written without TensorFlow or protobuf. Not thread-safe.
//
// A record: length (u64), masked CRC-32C of it, the message, masked CRC-32C of the message, all
// little-endian; masked is the checksum rotated right by 15 bits plus 0xa282ead8.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <utility>

namespace flyball {

struct Scalar {
  std::string tag;  // "loss/cost"
  double value = 0.0;
};

class EventFile {
 public:
  // Makes a new file in `directory`. `first_step`: what an earlier file says of this step and later
  // ones no longer counts. Throws DataError.
  EventFile(const std::filesystem::path& directory, std::uint64_t first_step);

  // Throws DataError when the disk is full.
  void write(std::uint64_t step, std::span<const Scalar> scalars);

 private:
  void write_event(std::uint64_t step, const std::string& content);

  std::filesystem::path path_;
  std::ofstream stream_;
};

}  // namespace flyball
