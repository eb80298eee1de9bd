#include "agent/training/event_file.h"

#include <doctest/doctest.h>

#include <bit>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temporary_directory.h"

using namespace flyball;

namespace {

// A reader by the formats alone: it shares nothing with the writer, the checksum included.
std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1U ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
  }
  crc = ~crc;
  return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

struct Field {
  std::uint64_t number = 0;  // of varint and fixed fields
  std::string_view bytes;    // of the others
};

std::uint64_t take_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.at(0));
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 127U) << shift;
    if (byte < 128) return value;
  }
}

std::multimap<std::uint64_t, Field> fields_of(std::string_view rest) {
  std::multimap<std::uint64_t, Field> fields;
  while (!rest.empty()) {
    const std::uint64_t key = take_varint(rest);
    Field field;
    std::size_t size = 0;
    switch (key & 7U) {
      case 0: field.number = take_varint(rest); break;
      case 1: size = 8; break;
      case 2: size = take_varint(rest); break;
      case 5: size = 4; break;
      default: throw std::runtime_error("unknown wire type");
    }
    field.bytes = rest.substr(0, size);
    if (size == 8 || size == 4) field.number = little_endian(field.bytes);
    rest.remove_prefix(size);
    fields.emplace(key >> 3, field);
  }
  return fields;
}

std::vector<std::string> records_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  std::vector<std::string> records;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    const std::uint64_t length = little_endian(rest.substr(0, 8));
    CHECK(little_endian(rest.substr(8, 4)) == masked_crc(rest.substr(0, 8)));
    const std::string_view data = rest.substr(12, length);
    REQUIRE(data.size() == length);
    CHECK(little_endian(rest.substr(12 + length, 4)) == masked_crc(data));
    records.emplace_back(data);
    rest.remove_prefix(16 + length);
  }
  return records;
}

std::filesystem::path only_file(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    files.push_back(entry.path());
  }
  REQUIRE(files.size() == 1);
  return files.front();
}

}  // namespace

TEST_CASE("an event file reads back by TensorFlow's formats") {
  const TemporaryDirectory directory;
  {
    EventFile events(directory.path(), 1);
    const Scalar first[] = {{"loss/cost", 0.5}, {"rho", -1.0 / 3.0}};
    events.write(50, first);
    const Scalar second[] = {{std::string(200, 'x'), 1e30}};
    events.write(300000, second);
  }
  const auto path = only_file(directory.path());
  CHECK(path.filename().string().starts_with("events.out.tfevents."));
  const std::vector<std::string> records = records_of(path);
  REQUIRE(records.size() == 4);
  CHECK(fields_of(records[0]).find(3)->second.bytes == "brain.Event:2");

  const auto start = fields_of(records[1]);
  CHECK(start.find(2)->second.number == 1);
  CHECK(fields_of(start.find(7)->second.bytes).find(1)->second.number == 1);

  const auto event = fields_of(records[2]);
  CHECK(std::bit_cast<double>(event.find(1)->second.number) > 1.6e9);
  CHECK(event.find(2)->second.number == 50);
  const auto summary = fields_of(event.find(5)->second.bytes);
  REQUIRE(summary.count(1) == 2);
  std::map<std::string, float> values;
  for (auto it = summary.begin(); it != summary.end(); ++it) {
    const auto value = fields_of(it->second.bytes);
    values[std::string(value.find(1)->second.bytes)] =
        std::bit_cast<float>(static_cast<std::uint32_t>(value.find(2)->second.number));
  }
  CHECK(values.at("loss/cost") == 0.5F);
  CHECK(values.at("rho") == -1.0F / 3.0F);

  const auto last = fields_of(records[3]);
  CHECK(last.find(2)->second.number == 300000);
  const auto value = fields_of(fields_of(last.find(5)->second.bytes).find(1)->second.bytes);
  CHECK(value.find(1)->second.bytes == std::string(200, 'x'));
}

TEST_CASE("two event files of one folder have names of their own") {
  const TemporaryDirectory directory;
  const EventFile first(directory.path(), 1);
  const EventFile second(directory.path(), 51);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    (void)entry;
    ++files;
  }
  CHECK(files == 2);
}
