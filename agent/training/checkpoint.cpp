#include "agent/training/checkpoint.h"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>
#include <string_view>

#include "agent/training/crc32c.h"
#include "env/errors.h"
#include "env/output_file.h"
#include "policies/trusted_file.h"

namespace flyball {

namespace {

constexpr std::string_view kMagic = "flyball-checkpoint 1\n";
constexpr std::size_t kMaxBytes = std::size_t{4} << 30;

template <typename T>
void append(std::string& bytes, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof value);
}

// Takes values from the front of bytes; throws std::out_of_range past the end.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw std::out_of_range("cut short");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  template <typename T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }

 private:
  std::string_view rest_;
};

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& what) {
  throw DataError(fmt::format("{}: {}", path.string(), what));
}

}  // namespace

void Checkpoint::write(const std::filesystem::path& path) const {
  std::string bytes(kMagic);
  for (const auto& [name, content] : fields_) {
    append(bytes, static_cast<std::uint32_t>(name.size()));
    bytes += name;
    append(bytes, static_cast<std::uint64_t>(content.size()));
    bytes += content;
  }
  append(bytes, crc32c(bytes));
  write_output(path, bytes);
}

Checkpoint Checkpoint::read(const std::filesystem::path& path) {
  std::string bytes;
  try {
    bytes = read_file(path, kMaxBytes, FileTrust::kAny);
  } catch (const std::exception& error) {
    throw DataError(error.what());
  }
  if (!bytes.starts_with(kMagic)) fail(path, "not a checkpoint of this version");
  if (bytes.size() < kMagic.size() + sizeof(std::uint32_t)) fail(path, "cut short");
  const std::string_view content(bytes.data(), bytes.size() - sizeof(std::uint32_t));
  if (Cursor(std::string_view(bytes).substr(content.size())).number<std::uint32_t>() !=
      crc32c(content)) {
    fail(path, "damaged: the checksum is wrong");
  }
  Checkpoint checkpoint;
  try {
    Cursor cursor(content.substr(kMagic.size()));
    while (!cursor.at_end()) {
      const std::string name(cursor.take(cursor.number<std::uint32_t>()));
      checkpoint.fields_[name] = cursor.take(cursor.number<std::uint64_t>());
    }
  } catch (const std::out_of_range& error) {
    fail(path, error.what());
  }
  return checkpoint;
}

const std::string& Checkpoint::get(const std::string& name) const {
  const auto field = fields_.find(name);
  if (field == fields_.end()) {
    throw std::runtime_error(fmt::format("checkpoint: {} is missing", name));
  }
  return field->second;
}

void StateSaver::visit_bytes(const std::string& name, std::span<std::byte> bytes) {
  checkpoint_.put(name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void StateRestorer::visit_bytes(const std::string& name, std::span<std::byte> bytes) {
  const std::string& saved = checkpoint_.get(name);
  if (saved.size() != bytes.size()) {
    throw std::runtime_error(fmt::format("checkpoint: {} has {} bytes where {} are expected", name,
                                         saved.size(), bytes.size()));
  }
  std::memcpy(bytes.data(), saved.data(), saved.size());
}

}  // namespace flyball
