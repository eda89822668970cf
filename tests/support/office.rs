//! A `gouji serve` of one test, and a client that says exactly what it is told to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server that ends with the test.
pub(crate) struct Office {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// `200`.
    pub(crate) status: u16,
    /// The lines before the body, in small letters.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Office {
    /// Starts a server on a free port.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_by(&mut Command::new(env!("CARGO_BIN_EXE_gouji")), args)
    }

    /// Starts one by a command that takes the arguments of `gouji`.
    pub(crate) fn start_by(command: &mut Command, args: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let start = line.find("http://").unwrap() + "http://".len();
        let address = line[start..].split('/').next().unwrap().parse().unwrap();
        // Its lines must be read, or it stands still when the pipe is full.
        Self { child, address }
    }

    /// Drains the log as it is written; what it holds is given at the end.
    pub(crate) fn log(&mut self) -> std::thread::JoinHandle<String> {
        let mut stream = self.child.stderr.take().unwrap();
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stream.read_to_string(&mut text);
            text
        })
    }

    /// The most memory that it ever held, in MiB; none where the system does not tell.
    pub(crate) fn peak(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does; true where it ended well.
    pub(crate) fn stop(mut self) -> bool {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        asked.unwrap().success() && self.child.wait().unwrap().success()
    }

    /// A request with a body.
    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Answer {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        self.say(&[head.as_bytes(), body].concat())
    }

    /// A request without one.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, &format!("Host: {}", self.address))
    }

    /// A request with headers of its own.
    pub(crate) fn get_with(&self, path: &str, headers: &str) -> Answer {
        let text = format!("GET {path} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");
        self.say(text.as_bytes())
    }

    /// Sends bytes and reads the answer.
    pub(crate) fn say(&self, bytes: &[u8]) -> Answer {
        Answer::to(TcpStream::connect(self.address).unwrap(), bytes)
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// Sends bytes and reads the answer.
    pub(crate) fn to(mut stream: TcpStream, bytes: &[u8]) -> Self {
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        // A server that has refused the head does not wait for the body.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        Self::of(&answer)
    }

    fn of(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        Self {
            status: head[9..12].parse().unwrap(),
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The word for programs in a refusal.
    pub(crate) fn kind(&self) -> String {
        let value: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        value["error"]["kind"].as_str().unwrap().to_owned()
    }
}

/// What the command line says of a file under a name.
pub(crate) fn by_command(folder: &Path, name: &str) -> Vec<u8> {
    let done = Command::new(env!("CARGO_BIN_EXE_gouji"))
        .args(["check", "--format", "json", name])
        .current_dir(folder)
        .output()
        .unwrap();
    done.stdout
}
