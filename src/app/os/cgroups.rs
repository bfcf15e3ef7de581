//! The control groups of this process, which Linux shows as directories.

use std::fs;
use std::path::{Path, PathBuf};

/// The directory of control groups.
const CGROUPS: &str = "/sys/fs/cgroup";

/// Returns the existing files with a name in the groups of this process that a controller manages,
/// as texts; empty on systems without control groups.
pub fn texts(controller: &str, name: &str) -> Vec<String> {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    files(&groups, controller, name)
        .into_iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect()
}

/// Returns the paths of a file in these groups: in the group of the process and in all enclosing
/// ones, whose limits also apply. In a container, the group of the process is the root, and the
/// enclosing groups are not visible.
///
/// Source: Linux, cgroups(7), /proc/pid/cgroup.
fn files(groups: &str, controller: &str, name: &str) -> Vec<PathBuf> {
    let hierarchy = |line: &str| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        // Version 2 names no controllers; version 1 has a directory for each set of controllers.
        let is_managed =
            controllers.is_empty() || controllers.split(',').any(|name| name == controller);
        let directory = Path::new(CGROUPS).join(controllers);
        is_managed.then(|| (directory, PathBuf::from(path.trim_start_matches('/'))))
    };
    let in_hierarchy = |(directory, path): (PathBuf, PathBuf)| -> Vec<PathBuf> {
        path.ancestors().map(|group| directory.join(group).join(name)).collect()
    };
    groups.lines().filter_map(hierarchy).flat_map(in_hierarchy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_own_group_and_of_all_enclosing_ones_are_read() {
        let files = |text| -> Vec<String> {
            files(text, "cpu", "cpu.stat").iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(
            files("0::/a/b\n"),
            ["/sys/fs/cgroup/a/b/cpu.stat", "/sys/fs/cgroup/a/cpu.stat", "/sys/fs/cgroup/cpu.stat"]
        );
        assert_eq!(
            files("9:name=systemd:/\n4:cpuset:/\n2:cpu,cpuacct:/x\n"),
            ["/sys/fs/cgroup/cpu,cpuacct/x/cpu.stat", "/sys/fs/cgroup/cpu,cpuacct/cpu.stat"]
        );
        assert!(files("").is_empty() && files("garbage\n1:2\n").is_empty());
    }
}
