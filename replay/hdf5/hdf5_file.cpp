#include "replay/hdf5/hdf5_file.h"

#include <fmt/format.h>
#include <hdf5.h>

#include <numeric>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace flyball {

namespace {

constexpr std::size_t kMaxElements = std::size_t{1} << 30;
constexpr std::size_t kCompactBytes = 4096;  // smaller arrays live in their object's header

// Keeps HDF5 from printing its error stack, and gives its innermost reason.
void silence() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

std::string reason() {
  std::string text;
  const auto take = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    auto& innermost = *static_cast<std::string*>(out);
    if (innermost.empty() && error->desc != nullptr) innermost = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &text);
  return text.empty() ? "unknown error" : text;
}

// An identifier and the function that gives it back.
class Id {
 public:
  using Close = herr_t (*)(hid_t);
  Id(hid_t id, Close close) : id_(id), close_(close) {}
  ~Id() {
    if (id_ >= 0) close_(id_);
  }
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  bool ok() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

Id bool_type() {
  const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
  const std::int8_t values[] = {0, 1};
  H5Tenum_insert(type, "FALSE", &values[0]);
  H5Tenum_insert(type, "TRUE", &values[1]);
  return Id(type, H5Tclose);
}

Id string_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return Id(type, H5Tclose);
}

// The type of T in memory and in the file.
template <typename T>
Id native_type() {
  if constexpr (std::is_same_v<T, Hdf5Bool>) return bool_type();
  if constexpr (std::is_same_v<T, std::string>) return string_type();
  if constexpr (std::is_same_v<T, float>) return Id(H5Tcopy(H5T_NATIVE_FLOAT), H5Tclose);
  if constexpr (std::is_same_v<T, double>) return Id(H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose);
  if constexpr (std::is_same_v<T, std::int64_t>) return Id(H5Tcopy(H5T_NATIVE_INT64), H5Tclose);
}

// What a T may be read from, in words; empty if it may be read from `stored`.
template <typename T>
std::string mismatch(hid_t stored) {
  const H5T_class_t kind = H5Tget_class(stored);
  if constexpr (std::is_same_v<T, std::string>) {
    return kind == H5T_STRING ? "" : "text expected";
  } else if constexpr (std::is_floating_point_v<T>) {
    return kind == H5T_FLOAT ? "" : "floating-point numbers expected";
  } else if constexpr (std::is_same_v<T, Hdf5Bool>) {
    return kind == H5T_ENUM || kind == H5T_INTEGER ? "" : "truth values expected";
  } else {
    return kind == H5T_INTEGER ? "" : "whole numbers expected";
  }
}

std::vector<hsize_t> as_dims(const std::vector<std::size_t>& shape) {
  return {shape.begin(), shape.end()};
}

Id space_of(const std::vector<std::size_t>& shape) {
  const std::vector<hsize_t> dims = as_dims(shape);
  if (dims.empty()) return Id(H5Screate(H5S_SCALAR), H5Sclose);
  return Id(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose);
}

std::optional<std::vector<std::size_t>> shape_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) return std::nullopt;
  std::vector<hsize_t> dims(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return std::vector<std::size_t>(dims.begin(), dims.end());
}

// Absent: more than kMaxElements.
std::optional<std::size_t> element_count(const std::vector<std::size_t>& shape) {
  std::size_t count = 1;
  for (const std::size_t size : shape) {
    if (size != 0 && count > kMaxElements / size) return std::nullopt;
    count *= size;
  }
  return count;
}

}  // namespace

// Closes the file after the last group has gone.
class Hdf5Group::File {
 public:
  File(std::string name, hid_t id) : name_(std::move(name)), id_(id, H5Fclose) {}
  const std::string& name() const { return name_; }
  hid_t id() const { return id_.get(); }

 private:
  std::string name_;
  Id id_;
};

class Hdf5Group::Handle {
 public:
  explicit Handle(hid_t id) : id_(id, H5Gclose) {}
  hid_t id() const { return id_.get(); }

 private:
  Id id_;
};

Hdf5Group::Hdf5Group(std::shared_ptr<File> file, std::shared_ptr<Handle> handle, std::string path)
    : file_(std::move(file)), handle_(std::move(handle)), path_(std::move(path)) {}

Hdf5Group Hdf5Group::create_file(const std::filesystem::path& path) {
  silence();
  const Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V110);
  const Id creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
  H5Pset_link_creation_order(creation.get(), H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED);
  H5Pset_obj_track_times(creation.get(), false);  // the same data, the same bytes
  const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get());
  if (id < 0) {
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", path.string(), reason()));
  }
  auto file = std::make_shared<File>(path.string(), id);
  auto root = std::make_shared<Handle>(H5Gopen2(id, "/", H5P_DEFAULT));
  return Hdf5Group(std::move(file), std::move(root), "");
}

Hdf5Group Hdf5Group::open_file(const std::filesystem::path& path) {
  silence();
  if (!std::filesystem::exists(path)) throw std::runtime_error(path.string() + ": does not exist");
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (id < 0) {
    throw std::runtime_error(
        fmt::format("{}: not a readable HDF5 file: {}", path.string(), reason()));
  }
  auto file = std::make_shared<File>(path.string(), id);
  auto root = std::make_shared<Handle>(H5Gopen2(id, "/", H5P_DEFAULT));
  return Hdf5Group(std::move(file), std::move(root), "");
}

std::string Hdf5Group::where(const std::string& name) const {
  return fmt::format("{}: {}{}", file_->name(), path_, name);
}

void Hdf5Group::fail(const std::string& name, const std::string& what) const {
  throw std::runtime_error(fmt::format("{}: {}", where(name), what));
}

Hdf5Group Hdf5Group::create_group(const std::string& name) {
  const Id creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  const hid_t id =
      H5Gcreate2(handle_->id(), name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT);
  if (id < 0) fail(name, "cannot be written: " + reason());
  return Hdf5Group(file_, std::make_shared<Handle>(id), path_ + name + "/");
}

Hdf5Group Hdf5Group::group(const std::string& name) const {
  if (!has(name)) fail(name, "missing");
  const hid_t id = H5Gopen2(handle_->id(), name.c_str(), H5P_DEFAULT);
  if (id < 0) fail(name, "not a group: " + reason());
  return Hdf5Group(file_, std::make_shared<Handle>(id), path_ + name + "/");
}

bool Hdf5Group::has(const std::string& name) const {
  return H5Lexists(handle_->id(), name.c_str(), H5P_DEFAULT) > 0;
}

bool Hdf5Group::has_group(const std::string& name) const {
  if (!has(name)) return false;
  H5O_info_t info{};
  return H5Oget_info_by_name2(handle_->id(), name.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >=
             0 &&
         info.type == H5O_TYPE_GROUP;
}

std::size_t Hdf5Group::link_count() const {
  H5G_info_t info{};
  if (H5Gget_info(handle_->id(), &info) < 0) fail("", reason());
  return static_cast<std::size_t>(info.nlinks);
}

template <typename T>
void Hdf5Group::write(const std::string& name, std::span<const T> values,
                      const std::vector<std::size_t>& shape) {
  if (element_count(shape) != values.size())
    fail(name, "as many values as the shape says expected");
  const Id type = native_type<T>();
  const Id space = space_of(shape);
  const Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  if (!values.empty() && values.size_bytes() <= kCompactBytes) {
    H5Pset_layout(creation.get(), H5D_COMPACT);
  }
  H5Pset_obj_track_times(creation.get(), false);  // the same data, the same bytes
  const Id dataset(H5Dcreate2(handle_->id(), name.c_str(), type.get(), space.get(), H5P_DEFAULT,
                              creation.get(), H5P_DEFAULT),
                   H5Dclose);
  if (!dataset.ok() || (!values.empty() && H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL,
                                                    H5P_DEFAULT, values.data()) < 0)) {
    fail(name, "cannot be written: " + reason());
  }
}

template <typename T>
Hdf5Array<T> Hdf5Group::read(const std::string& name) const {
  if (!has(name)) fail(name, "missing");
  if (has_group(name)) fail(name, "a group where an array is expected");
  const Id dataset(H5Dopen2(handle_->id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.ok()) fail(name, "cannot be read: " + reason());
  const Id stored(H5Dget_type(dataset.get()), H5Tclose);
  if (const std::string wrong = mismatch<T>(stored.get()); !wrong.empty()) fail(name, wrong);
  const Id space(H5Dget_space(dataset.get()), H5Sclose);
  const auto shape = shape_of(space.get());
  const auto count = shape ? element_count(*shape) : std::nullopt;
  if (!count) fail(name, fmt::format("more than {} elements", kMaxElements));
  Hdf5Array<T> array{*shape, std::vector<T>(*count)};
  Id type = H5Tget_class(stored.get()) == H5T_INTEGER && std::is_same_v<T, Hdf5Bool>
                ? Id(H5Tcopy(H5T_NATIVE_INT8), H5Tclose)
                : native_type<T>();
  if (*count > 0 &&
      H5Dread(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()) < 0) {
    fail(name, "cannot be read: " + reason());
  }
  return array;
}

template void Hdf5Group::write(const std::string&, std::span<const float>,
                               const std::vector<std::size_t>&);
template void Hdf5Group::write(const std::string&, std::span<const double>,
                               const std::vector<std::size_t>&);
template void Hdf5Group::write(const std::string&, std::span<const std::int64_t>,
                               const std::vector<std::size_t>&);
template void Hdf5Group::write(const std::string&, std::span<const Hdf5Bool>,
                               const std::vector<std::size_t>&);
template Hdf5Array<float> Hdf5Group::read(const std::string&) const;
template Hdf5Array<double> Hdf5Group::read(const std::string&) const;
template Hdf5Array<std::int64_t> Hdf5Group::read(const std::string&) const;
template Hdf5Array<Hdf5Bool> Hdf5Group::read(const std::string&) const;

bool Hdf5Group::has_attribute(const std::string& name) const {
  return H5Aexists(handle_->id(), name.c_str()) > 0;
}

namespace {

// False: HDF5's error stack says why.
bool write_attribute(hid_t object, const std::string& name, const Id& type, const Id& space,
                     const void* values) {
  const Id attribute(
      H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  return attribute.ok() && H5Awrite(attribute.get(), type.get(), values) >= 0;
}

}  // namespace

void Hdf5Group::set_attribute(const std::string& name, const std::string& value) {
  const char* text = value.c_str();
  if (!write_attribute(handle_->id(), name, string_type(), space_of({}), &text)) {
    fail(name, "cannot be written: " + reason());
  }
}

void Hdf5Group::set_attribute(const std::string& name, const std::vector<std::string>& values) {
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  if (!write_attribute(handle_->id(), name, string_type(), space_of({values.size()}),
                       texts.data())) {
    fail(name, "cannot be written: " + reason());
  }
}

void Hdf5Group::set_attribute(const std::string& name, std::int64_t value) {
  if (!write_attribute(handle_->id(), name, native_type<std::int64_t>(), space_of({}), &value)) {
    fail(name, "cannot be written: " + reason());
  }
}

void Hdf5Group::set_attribute(const std::string& name, double value) {
  if (!write_attribute(handle_->id(), name, native_type<double>(), space_of({}), &value)) {
    fail(name, "cannot be written: " + reason());
  }
}

void Hdf5Group::set_attribute(const std::string& name, const std::vector<double>& values) {
  if (!write_attribute(handle_->id(), name, native_type<double>(), space_of({values.size()}),
                       values.data())) {
    fail(name, "cannot be written: " + reason());
  }
}

void Hdf5Group::set_attribute(const std::string& name, const std::vector<std::int64_t>& values) {
  if (!write_attribute(handle_->id(), name, native_type<std::int64_t>(), space_of({values.size()}),
                       values.data())) {
    fail(name, "cannot be written: " + reason());
  }
}

template <typename T>
std::vector<T> Hdf5Group::attribute(const std::string& name) const {
  const std::string title = "attribute " + name;
  if (!has_attribute(name)) fail(title, "missing");
  const Id attribute(H5Aopen(handle_->id(), name.c_str(), H5P_DEFAULT), H5Aclose);
  if (!attribute.ok()) fail(title, "cannot be read: " + reason());
  const Id stored(H5Aget_type(attribute.get()), H5Tclose);
  if (const std::string wrong = mismatch<T>(stored.get()); !wrong.empty()) fail(title, wrong);
  const Id space(H5Aget_space(attribute.get()), H5Sclose);
  const auto shape = shape_of(space.get());
  const auto count = shape ? element_count(*shape) : std::nullopt;
  if (!count) fail(title, fmt::format("more than {} elements", kMaxElements));
  if (*count == 0) return {};
  if constexpr (std::is_same_v<T, std::string>) {
    if (H5Tis_variable_str(stored.get()) <= 0) {
      std::vector<char> text(*count * H5Tget_size(stored.get()));
      if (H5Aread(attribute.get(), stored.get(), text.data()) < 0) fail(title, reason());
      std::vector<std::string> values;
      const std::size_t width = text.size() / *count;
      for (std::size_t i = 0; i < *count; ++i) {
        const std::string padded(text.data() + i * width, width);
        values.push_back(padded.substr(0, padded.find('\0')));
      }
      return values;
    }
    std::vector<char*> texts(*count);
    if (H5Aread(attribute.get(), stored.get(), texts.data()) < 0) fail(title, reason());
    std::vector<std::string> values;
    for (const char* text : texts) values.emplace_back(text != nullptr ? text : "");
    H5Dvlen_reclaim(stored.get(), space.get(), H5P_DEFAULT, texts.data());
    return values;
  } else {
    std::vector<T> values(*count);
    const Id type = native_type<T>();
    if (H5Aread(attribute.get(), type.get(), values.data()) < 0) fail(title, reason());
    return values;
  }
}

template std::vector<std::string> Hdf5Group::attribute(const std::string&) const;
template std::vector<std::int64_t> Hdf5Group::attribute(const std::string&) const;
template std::vector<double> Hdf5Group::attribute(const std::string&) const;

void Hdf5Group::flush() {
  if (H5Fflush(file_->id(), H5F_SCOPE_GLOBAL) < 0) fail("", "cannot be written: " + reason());
}

}  // namespace flyball
