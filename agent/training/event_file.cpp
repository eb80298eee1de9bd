#include "agent/training/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <chrono>

#include "agent/training/crc32c.h"
#include "env/errors.h"

namespace flyball {

namespace {

// Protobuf's wire format: a key is the field's number and the kind of what follows.
enum class Wire : std::uint8_t { kVarint = 0, k64Bit = 1, kBytes = 2, k32Bit = 5 };

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>((value & 127U) | 128U);
  out += static_cast<char>(value);
}

void put_key(std::string& out, unsigned field, Wire wire) {
  put_varint(out, field << 3 | static_cast<unsigned>(wire));
}

template <typename T>
void put_fixed(std::string& out, T value) {
  for (unsigned byte = 0; byte < sizeof value; ++byte) {
    out += static_cast<char>(value >> (8 * byte) & 255U);
  }
}

void put_bytes(std::string& out, unsigned field, const std::string& bytes) {
  put_key(out, field, Wire::kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

std::uint32_t masked(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return std::rotr(crc, 15) + 0xa282ead8U;
}

double wall_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "host";
}

// TensorBoard reads files in the order of their names, and looks for "tfevents" in them.
std::filesystem::path file_name() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return fmt::format("events.out.tfevents.{}.{}.{:06}", micros / 1'000'000, host_name(),
                     micros % 1'000'000);
}

// Fields of Event, Summary, Summary.Value and SessionLog.
constexpr unsigned kWallTime = 1;
constexpr unsigned kStep = 2;
constexpr unsigned kFileVersion = 3;
constexpr unsigned kSummary = 5;
constexpr unsigned kSessionLog = 7;
constexpr unsigned kSummaryValue = 1;
constexpr unsigned kValueTag = 1;
constexpr unsigned kSimpleValue = 2;
constexpr unsigned kSessionStatus = 1;
constexpr unsigned kSessionStart = 1;

}  // namespace

EventFile::EventFile(const std::filesystem::path& directory, std::uint64_t first_step)
    : path_(directory / file_name()), stream_(path_, std::ios::binary) {
  std::string version;
  put_bytes(version, kFileVersion, "brain.Event:2");
  write_event(0, version);
  std::string session;
  put_key(session, kSessionStatus, Wire::kVarint);
  put_varint(session, kSessionStart);
  std::string start;
  put_bytes(start, kSessionLog, session);
  write_event(first_step, start);
}

void EventFile::write(std::uint64_t step, std::span<const Scalar> scalars) {
  std::string summary;
  for (const Scalar& scalar : scalars) {
    std::string value;
    put_bytes(value, kValueTag, scalar.tag);
    put_key(value, kSimpleValue, Wire::k32Bit);
    put_fixed(value, std::bit_cast<std::uint32_t>(static_cast<float>(scalar.value)));
    put_bytes(summary, kSummaryValue, value);
  }
  std::string content;
  put_bytes(content, kSummary, summary);
  write_event(step, content);
}

void EventFile::write_event(std::uint64_t step, const std::string& content) {
  std::string event;
  put_key(event, kWallTime, Wire::k64Bit);
  put_fixed(event, std::bit_cast<std::uint64_t>(wall_seconds()));
  put_key(event, kStep, Wire::kVarint);
  put_varint(event, step);
  event += content;
  std::string record;
  put_fixed(record, static_cast<std::uint64_t>(event.size()));
  put_fixed(record, masked(record));
  record += event;
  put_fixed(record, masked(event));
  stream_ << record;
  if (!stream_.flush()) throw DataError(path_.string() + ": cannot be written");
}

}  // namespace flyball
