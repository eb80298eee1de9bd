// What a training run needs to go on as if it had never stopped, in one file: named fields of bytes
// with a checksum. Not thread-safe.
//
// The file: the line "flyball-checkpoint 1", then per field the length of its name (u32), the name,
// the number of bytes (u64), the bytes; at the end the CRC-32C of all before it (u32). Numbers are
// little-endian, as the machines are that train.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "env/state_visitor.h"

namespace flyball {

class Checkpoint {
 public:
  // Replaces the file at `path` in one step: after a crash it is the new one or the one before.
  // Throws std::system_error.
  void write(const std::filesystem::path& path) const;
  // Throws DataError when the file is missing, cut, damaged or of another version.
  static Checkpoint read(const std::filesystem::path& path);

  void put(const std::string& name, std::string bytes) { fields_[name] = std::move(bytes); }
  // Throws std::runtime_error naming the field that is missing.
  const std::string& get(const std::string& name) const;

 private:
  std::map<std::string, std::string> fields_;
};

// Puts every field that it visits into a checkpoint.
class StateSaver final : public StateVisitor {
 public:
  explicit StateSaver(Checkpoint& checkpoint) : checkpoint_(checkpoint) {}
  void visit_bytes(const std::string& name, std::span<std::byte> bytes) override;

 private:
  Checkpoint& checkpoint_;
};

// Overwrites every field that it visits with what the checkpoint holds.
class StateRestorer final : public StateVisitor {
 public:
  explicit StateRestorer(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}
  void visit_bytes(const std::string& name, std::span<std::byte> bytes) override;

 private:
  const Checkpoint& checkpoint_;
};

}  // namespace flyball
