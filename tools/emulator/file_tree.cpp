#include "tools/emulator/file_tree.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

namespace flyball {

namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

void FileTree::add_parents(const std::string& path) {
  std::string child = path;
  while (child != "/") {
    const std::string parent = parent_of(child);
    directories_[parent].insert(name_of(child));
    child = parent;
  }
}

void FileTree::add_file(const std::string& path, FileNode node) {
  add_parents(path);
  files_[path] = std::move(node);
}

void FileTree::add_link(const std::string& path, const std::string& target) {
  add_parents(path);
  links_[path] = std::filesystem::path(target).lexically_relative(parent_of(path)).string();
}

void FileTree::add_scratch_directory(const std::string& path) {
  add_parents(path);
  directories_[path];
  scratch_directories_.insert(path);
}

void FileTree::hide(const std::string& path) { hidden_.insert(path); }

void FileTree::show(const std::string& path) { hidden_.erase(path); }

bool FileTree::is_hidden(const std::string& path) const {
  return std::ranges::any_of(hidden_, [&](const std::string& hidden) {
    return path.starts_with(hidden) && (path.size() == hidden.size() || path[hidden.size()] == '/');
  });
}

bool FileTree::in_scratch(const std::string& path) const {
  return scratch_directories_.contains(parent_of(path));
}

FileTree::Kind FileTree::kind(const std::string& path) const {
  if (is_hidden(path)) return Kind::kNone;
  if (path == "/" || directories_.contains(path)) return Kind::kDirectory;
  if (files_.contains(path)) return Kind::kFile;
  if (links_.contains(path)) return Kind::kLink;
  if (scratch_.contains(path)) return Kind::kScratch;
  return Kind::kNone;
}

mode_t FileTree::mode(const std::string& path) const {
  if (const auto file = files_.find(path); file != files_.end()) {
    const mode_t readable = file->second.read ? 0444 : 0;
    const mode_t writable = file->second.write ? 0200 : 0;
    return readable | writable;
  }
  if (const auto file = scratch_.find(path); file != scratch_.end()) return file->second.mode;
  return links_.contains(path) ? 0777 : 0755;
}

std::vector<std::string> FileTree::list(const std::string& directory) const {
  const auto found = directories_.find(directory);
  if (found == directories_.end()) return {};
  const std::string folder = directory == "/" ? directory : directory + "/";
  std::vector<std::string> names(found->second.begin(), found->second.end());
  std::erase_if(names, [&](const std::string& name) { return is_hidden(folder + name); });
  return names;
}

int FileTree::read(const std::string& path, std::string& text) const {
  text.clear();
  if (is_hidden(path)) return ENODEV;
  if (const auto file = scratch_.find(path); file != scratch_.end()) {
    text = file->second.text;
    return 0;
  }
  const auto file = files_.find(path);
  if (file == files_.end()) return kind(path) == Kind::kDirectory ? EISDIR : ENOENT;
  return file->second.read ? file->second.read(text) : EACCES;
}

int FileTree::write(const std::string& path, std::string_view text) {
  if (is_hidden(path)) return ENODEV;
  if (const auto file = scratch_.find(path); file != scratch_.end()) {
    file->second.text = text;
    return 0;
  }
  const auto file = files_.find(path);
  if (file == files_.end()) return kind(path) == Kind::kDirectory ? EISDIR : ENOENT;
  return file->second.write ? file->second.write(text) : EACCES;
}

int FileTree::read_link(const std::string& path, std::string& target) const {
  const auto link = links_.find(path);
  if (link == links_.end() || is_hidden(path)) return kind(path) == Kind::kNone ? ENOENT : EINVAL;
  target = link->second;
  return 0;
}

int FileTree::create(const std::string& path, mode_t mode) {
  if (kind(path) != Kind::kNone) return EEXIST;
  if (!in_scratch(path)) return EPERM;
  directories_[parent_of(path)].insert(name_of(path));
  scratch_[path] = {{}, mode};
  return 0;
}

int FileTree::write_at(const std::string& path, std::size_t offset, std::string_view text) {
  const auto file = scratch_.find(path);
  if (file == scratch_.end()) return write(path, text);
  std::string& content = file->second.text;
  if (content.size() < offset + text.size()) content.resize(offset + text.size());
  content.replace(offset, text.size(), text);
  return 0;
}

int FileTree::truncate(const std::string& path, std::size_t size) {
  if (const auto file = scratch_.find(path); file != scratch_.end()) {
    file->second.text.resize(size);
    return 0;
  }
  return files_.contains(path) ? 0 : ENOENT;  // the kernel's files have no size to cut
}

int FileTree::change_mode(const std::string& path, mode_t mode) {
  const auto file = scratch_.find(path);
  if (file == scratch_.end()) return kind(path) == Kind::kNone ? ENOENT : EPERM;
  file->second.mode = mode;
  return 0;
}

int FileTree::remove(const std::string& path) {
  if (kind(path) == Kind::kNone) return ENOENT;
  if (scratch_.erase(path) == 0) return EPERM;
  directories_[parent_of(path)].erase(name_of(path));
  return 0;
}

int FileTree::rename(const std::string& from, const std::string& to, Existing existing) {
  if (!scratch_.contains(from)) return kind(from) == Kind::kNone ? ENOENT : EPERM;
  if (!in_scratch(to)) return EPERM;
  const Kind target = kind(to);
  if (target != Kind::kNone && existing == Existing::kKeep) return EEXIST;
  if (target != Kind::kNone && target != Kind::kScratch) return EPERM;
  ScratchFile file = std::move(scratch_[from]);
  remove(from);
  scratch_[to] = std::move(file);
  directories_[parent_of(to)].insert(name_of(to));
  return 0;
}

FileNode read_only(std::function<std::string()> text) {
  return {[text = std::move(text)](std::string& out) {
            out = text() + "\n";
            return 0;
          },
          {}};
}

FileNode constant(std::string text) {
  return read_only([text = std::move(text)] { return text; });
}

FileNode number_file(std::function<long long()> get, std::function<int(long long)> set) {
  return {[get = std::move(get)](std::string& out) {
            out = std::to_string(get()) + "\n";
            return 0;
          },
          [set = std::move(set)](std::string_view text) {
            long long number = 0;
            const int error = parse_kernel_number(text, number);
            return error != 0 ? error : set(number);
          }};
}

FileNode word_file(std::function<std::string()> get, std::function<int(const std::string&)> set) {
  return {[get = std::move(get)](std::string& out) {
            out = get() + "\n";
            return 0;
          },
          [set = std::move(set)](std::string_view text) {
            while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
              text.remove_suffix(1);
            }
            return set(std::string(text));
          }};
}

int parse_kernel_number(std::string_view text, long long& number) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec == std::errc::result_out_of_range) return ERANGE;
  const bool whole = result.ec == std::errc{} && result.ptr == text.data() + text.size();
  return whole ? 0 : EINVAL;
}

}  // namespace flyball
