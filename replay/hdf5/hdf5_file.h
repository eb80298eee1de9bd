// HDF5 files, as much of them as datasets need: groups, arrays, attributes. Free of <hdf5.h>. One
// thread at a time in the whole process: Debian's HDF5 is built without locks.
//
// Errors are std::runtime_error with "FILE: PATH/IN/FILE: what"; nothing is printed by HDF5 itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace flyball {

// Rows of an array, row-major.
template <typename T>
struct Hdf5Array {
  std::vector<std::size_t> shape;
  std::vector<T> values;
};

// Truth values are stored as h5py and Minari do: an enumeration of FALSE and TRUE.
enum class Hdf5Bool : std::int8_t { kFalse = 0, kTrue = 1 };

// A group of an open file. Copies share the file, which is closed with the last of them.
class Hdf5Group {
 public:
  // A new file at `path`, which is replaced; its links keep the order of their creation.
  static Hdf5Group create_file(const std::filesystem::path& path);
  // Opens a file for reading.
  static Hdf5Group open_file(const std::filesystem::path& path);

  // "FILE: PATH/NAME", for messages.
  std::string where(const std::string& name) const;

  Hdf5Group create_group(const std::string& name);
  Hdf5Group group(const std::string& name) const;
  bool has(const std::string& name) const;
  bool has_group(const std::string& name) const;
  std::size_t link_count() const;

  // T: float, double, std::int64_t or Hdf5Bool. Requires: as many values as the shape says.
  template <typename T>
  void write(const std::string& name, std::span<const T> values,
             const std::vector<std::size_t>& shape);
  // Converts from the file's own type; integers are not read from floating-point numbers, nor the
  // other way round. Refuses more than 2^30 elements.
  template <typename T>
  Hdf5Array<T> read(const std::string& name) const;

  bool has_attribute(const std::string& name) const;
  void set_attribute(const std::string& name, const std::string& value);
  void set_attribute(const std::string& name, const std::vector<std::string>& values);
  void set_attribute(const std::string& name, std::int64_t value);
  void set_attribute(const std::string& name, double value);
  void set_attribute(const std::string& name, const std::vector<double>& values);
  void set_attribute(const std::string& name, const std::vector<std::int64_t>& values);
  // T: std::string, std::int64_t or double; a single value is a list of one.
  template <typename T>
  std::vector<T> attribute(const std::string& name) const;

  // Writes everything to the disk. Throws when that fails.
  void flush();

 private:
  class File;
  class Handle;
  Hdf5Group(std::shared_ptr<File> file, std::shared_ptr<Handle> handle, std::string path);

  [[noreturn]] void fail(const std::string& name, const std::string& what) const;

  std::shared_ptr<File> file_;
  std::shared_ptr<Handle> handle_;
  std::string path_;  // inside the file; empty for the root
};

}  // namespace flyball
