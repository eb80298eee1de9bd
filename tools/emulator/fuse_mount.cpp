#include "tools/emulator/fuse_mount.h"

#define FUSE_USE_VERSION 31
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace flyball {

namespace {

using Kind = FileTree::Kind;

// What the callbacks work on. Files still open when the board is unmounted are never released by
// the kernel: the map owns them.
struct Context {
  EmulatedBoard& board;
  // Text of each open file by handle. The kernel's files make it when read from the beginning.
  std::map<std::uint64_t, std::string> open_files = {};
  std::uint64_t next_handle = 1;
};

Context& context() { return *static_cast<Context*>(fuse_get_context()->private_data); }

EmulatedBoard& board() { return context().board; }

FaultSet& faults() { return board().faults(); }

int meet_faults(const char* path) {
  return faults().meet(path, [] { return fuse_interrupted() != 0; });
}

std::uint64_t new_handle() {
  const std::uint64_t handle = context().next_handle++;
  context().open_files[handle];
  return handle;
}

void* on_init(fuse_conn_info*, fuse_config* config) {
  config->attr_timeout = 0.0;
  config->entry_timeout = 0.0;
  config->negative_timeout = 0.0;
  return fuse_get_context()->private_data;
}

mode_t type_of(Kind kind) {
  switch (kind) {
    case Kind::kDirectory: return S_IFDIR;
    case Kind::kLink: return S_IFLNK;
    default: return S_IFREG;
  }
}

int on_getattr(const char* path, struct stat* info, fuse_file_info*) {
  if (faults().is_gone(path)) return -ENOENT;
  return board().with_tree([&](FileTree& tree) {
    const Kind kind = tree.kind(path);
    if (kind == Kind::kNone) return -ENOENT;
    *info = {};
    info->st_mode = type_of(kind) | tree.mode(path);
    info->st_nlink = kind == Kind::kDirectory ? 2 : 1;
    info->st_uid = getuid();
    info->st_gid = getgid();
    info->st_size = 4096;  // as sysfs says of every file
    std::string text;
    if (kind == Kind::kLink && tree.read_link(path, text) == 0) {
      info->st_size = static_cast<off_t>(text.size());
    } else if (kind == Kind::kScratch && tree.read(path, text) == 0) {
      info->st_size = static_cast<off_t>(text.size());
    }
    return 0;
  });
}

int on_readlink(const char* path, char* buffer, std::size_t size) {
  return board().with_tree([&](FileTree& tree) {
    std::string target;
    if (const int error = tree.read_link(path, target); error != 0) return -error;
    const std::size_t count = std::min(target.size(), size - 1);
    std::memcpy(buffer, target.data(), count);
    buffer[count] = '\0';
    return 0;
  });
}

int on_readdir(const char* path, void* buffer, fuse_fill_dir_t fill, off_t, fuse_file_info*,
               fuse_readdir_flags) {
  return board().with_tree([&](FileTree& tree) {
    const auto add = [&](const char* name) {
      fill(buffer, name, nullptr, 0, static_cast<fuse_fill_dir_flags>(0));
    };
    add(".");
    add("..");
    const std::string folder = std::string(path) == "/" ? "/" : std::string(path) + "/";
    for (const std::string& name : tree.list(path)) {
      if (!faults().is_gone(folder + name)) add(name.c_str());
    }
    return 0;
  });
}

// As in sysfs, a file that nobody can write is refused to root too.
int on_open(const char* path, fuse_file_info* info) {
  if (faults().is_gone(path)) return -ENOENT;
  if ((info->flags & O_ACCMODE) != O_RDONLY) {
    if (const int error = faults().open_error(path); error != 0) return -error;
  }
  return board().with_tree([&](FileTree& tree) {
    const int access = info->flags & O_ACCMODE;
    const mode_t mode = tree.mode(path);
    if (access != O_RDONLY && (mode & 0222) == 0) return -EACCES;
    if (access != O_WRONLY && (mode & 0444) == 0) return -EACCES;
    // Of the kernel's files sizes mean nothing, and every read must reach us. Ordinary ones are
    // cached: an application maps its link.
    info->direct_io = tree.kind(path) != Kind::kScratch;
    info->fh = new_handle();
    return 0;
  });
}

int on_create(const char* path, mode_t mode, fuse_file_info* info) {
  return board().with_tree([&](FileTree& tree) {
    if (const int error = tree.create(path, mode & 07777); error != 0) return -error;
    info->fh = new_handle();
    return 0;
  });
}

int on_release(const char*, fuse_file_info* info) {
  return board().with_tree([&](FileTree&) {
    context().open_files.erase(info->fh);
    return 0;
  });
}

int on_read(const char* path, char* buffer, std::size_t size, off_t offset, fuse_file_info* info) {
  if (const int error = meet_faults(path); error != 0) return -error;
  return board().with_tree([&](FileTree& tree) {
    std::string& text = context().open_files[info->fh];
    if (offset == 0 || tree.kind(path) == Kind::kScratch) {
      if (const int error = tree.read(path, text); error != 0) return -error;
    }
    const auto start = std::min(static_cast<std::size_t>(offset), text.size());
    const std::size_t count = std::min(size, text.size() - start);
    std::memcpy(buffer, text.data() + start, count);
    return static_cast<int>(count);
  });
}

int on_write(const char* path, const char* buffer, std::size_t size, off_t offset,
             fuse_file_info*) {
  if (const int error = meet_faults(path); error != 0) return -error;
  if (faults().is_stuck(path)) return static_cast<int>(size);
  return board().with_tree([&](FileTree& tree) {
    const int error = tree.write_at(path, static_cast<std::size_t>(offset), {buffer, size});
    return error != 0 ? -error : static_cast<int>(size);
  });
}

int on_truncate(const char* path, off_t size, fuse_file_info*) {
  return board().with_tree(
      [&](FileTree& tree) { return -tree.truncate(path, static_cast<std::size_t>(size)); });
}

int on_chmod(const char* path, mode_t mode, fuse_file_info*) {
  return board().with_tree([&](FileTree& tree) { return -tree.change_mode(path, mode & 07777); });
}

int on_unlink(const char* path) {
  return board().with_tree([&](FileTree& tree) { return -tree.remove(path); });
}

int on_rename(const char* from, const char* to, unsigned int flags) {
  if ((flags & ~static_cast<unsigned int>(RENAME_NOREPLACE)) != 0) return -EINVAL;
  const auto existing = flags != 0 ? FileTree::Existing::kKeep : FileTree::Existing::kReplace;
  return board().with_tree([&](FileTree& tree) { return -tree.rename(from, to, existing); });
}

int on_fsync(const char*, int, fuse_file_info*) { return 0; }

fuse_operations operations() {
  fuse_operations all = {};
  all.init = on_init;
  all.getattr = on_getattr;
  all.readlink = on_readlink;
  all.readdir = on_readdir;
  all.open = on_open;
  all.create = on_create;
  all.release = on_release;
  all.read = on_read;
  all.write = on_write;
  all.truncate = on_truncate;
  all.chmod = on_chmod;
  all.unlink = on_unlink;
  all.rename = on_rename;
  all.fsync = on_fsync;
  all.fsyncdir = on_fsync;
  return all;
}

[[noreturn]] void refuse(int error, const std::string& message) {
  throw std::system_error(error, std::generic_category(), message);
}

void check_device() {
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (device < 0) {
    refuse(errno,
           "/dev/fuse cannot be opened (load the kernel module fuse; in a container pass "
           "--device /dev/fuse --cap-add SYS_ADMIN)");
  }
  close(device);
}

void check_directory(const std::filesystem::path& directory) {
  std::error_code error;
  const auto status = std::filesystem::status(directory, error);
  if (error.value() == ENOTCONN) {
    refuse(ENOTCONN, directory.string() + ": left by a killed emulator; umount it first");
  }
  if (!std::filesystem::is_directory(status)) {
    refuse(ENOTDIR, directory.string() + ": make this directory first");
  }
  const bool empty = std::filesystem::is_empty(directory, error);
  if (error) refuse(error.value(), directory.string());
  if (!empty) refuse(ENOTEMPTY, directory.string() + ": a board is mounted on an empty directory");
}

}  // namespace

struct FuseMount::Session {
  explicit Session(EmulatedBoard& board) : context{board} {}

  Context context;
  fuse* handle = nullptr;
  fuse_buf buffer = {};
  void answer_aside();
  std::atomic<int> waiting = 0;  // requests that a thread of their own answers

  ~Session() {
    context.board.faults().end();
    while (waiting > 0) std::this_thread::yield();
    if (handle != nullptr) {
      fuse_unmount(handle);
      fuse_destroy(handle);
    }
    std::free(buffer.mem);  // libfuse allocated it
  }
};

// Others are served meanwhile.
void FuseMount::Session::answer_aside() {
  ++waiting;
  std::thread([this, request = std::exchange(buffer, {})]() mutable {
    fuse_session_process_buf(fuse_get_session(handle), &request);
    std::free(request.mem);
    --waiting;
  }).detach();
}

FuseMount::FuseMount(EmulatedBoard& board, const std::filesystem::path& directory)
    : session_(std::make_unique<Session>(board)) {
  check_device();
  check_directory(directory);
  char program[] = "flyball";
  char option[] = "-o";
  // Root's board is everybody's to read, as a real one is, and the kernel looks at the files'
  // modes: flyballd opens a file anew after it has given up root's rights. Others may not allow
  // that.
  char name[] = "fsname=flyball";
  char names[] = "fsname=flyball,allow_other,default_permissions";
  char* words[] = {program, option, geteuid() == 0 ? names : name, nullptr};
  fuse_args arguments = FUSE_ARGS_INIT(3, words);
  const fuse_operations all = operations();
  fuse* handle = fuse_new(&arguments, &all, sizeof all, &session_->context);
  fuse_opt_free_args(&arguments);
  if (handle == nullptr) refuse(EIO, "libfuse refused to start");
  if (fuse_mount(handle, directory.c_str()) != 0) {
    fuse_destroy(handle);
    refuse(EPERM, directory.string() + ": cannot be mounted on (not root, and no fusermount3?)");
  }
  session_->handle = handle;
}

FuseMount::~FuseMount() = default;

bool FuseMount::serve(double timeout_seconds) {
  fuse_session* session = fuse_get_session(session_->handle);
  pollfd waiting = {fuse_session_fd(session), POLLIN, 0};
  const int ready = poll(&waiting, 1, static_cast<int>(timeout_seconds * 1e3));
  if (ready <= 0) return true;
  const int count = fuse_session_receive_buf(session, &session_->buffer);
  if (count == -EINTR || count == -EAGAIN) return true;
  if (count <= 0) return false;
  if (session_->context.board.faults().may_wait()) {
    session_->answer_aside();
  } else {
    fuse_session_process_buf(session, &session_->buffer);
  }
  return fuse_session_exited(session) == 0;
}

}  // namespace flyball
