//! What is asked, and what is answered.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use gouji::catalog::Catalog;
use gouji::contain::{Ended, Workers};
use gouji::lang::Lang;
use gouji::review::{Options, Review};

use super::answer::{self, Answer, Question};
use super::guard::Guard;
use super::room::{Held, Room};
use super::shares::Client;
use super::work::{Refused, Work};

/// How long a client may take to send its file.
const SENDING: Duration = Duration::from_secs(60);

/// What every request is answered from.
pub(super) struct Office {
    pub(super) guard: Guard,
    pub(super) work: Work,
    pub(super) workers: Workers,
    pub(super) catalog: &'static Catalog,
    pub(super) options: Options,
    /// For files that are sent, and for what is answered.
    pub(super) room: Room,
    /// The most that a file may have.
    pub(super) file_bytes: usize,
    pub(super) page: Option<Bytes>,
}

/// What stands behind the question mark.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// The file's name.
    name: Option<String>,
    /// `zh` or `en`.
    lang: Option<String>,
    /// The form to check against.
    form: Option<String>,
}

/// An answer that is no result.
struct No {
    status: StatusCode,
    /// A word for programs.
    kind: &'static str,
    /// In Chinese and in English.
    message: [String; 2],
}

/// All routes.
pub(super) fn routes(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/gouji.html", get(page))
        .route("/health", get(health))
        .route("/api/check", post(check))
        .route("/api/fix", post(fix))
        .fallback(async || {
            no(
                StatusCode::NOT_FOUND,
                "not-found",
                ["没有这个地址。", "There is nothing at this address."],
            )
        })
        .method_not_allowed_fallback(async || {
            no(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                [
                    "这个地址不接受这种请求。",
                    "This address does not take such requests.",
                ],
            )
        })
        .layer(middleware::from_fn_with_state(Arc::clone(&office), admit))
        .with_state(office)
}

/// Turns strangers away, says no more than needed, and writes a line that names nobody.
async fn admit(
    State(office): State<Arc<Office>>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let route = match request.uri().path() {
        known @ ("/" | "/gouji.html" | "/health" | "/api/check" | "/api/fix") => known.to_owned(),
        _ => "-".to_owned(),
    };
    let method = match request.method() {
        known @ (&Method::GET | &Method::HEAD | &Method::OPTIONS | &Method::POST) => {
            known.as_str().to_owned()
        }
        _ => "-".to_owned(),
    };
    let mut response = match office.work.turn(client) {
        _ if !office.guard.admits(request.headers()) => {
            let message = [
                "请用本机的地址访问；用主机名访问时，启动服务要加 --name。",
                "Use the address of this machine; to reach it by a name, start it with --name.",
            ];
            no(StatusCode::FORBIDDEN, "host", message).into_response()
        }
        Err(refused) => No::from(refused).into_response(),
        Ok(_turn) => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let (status, took) = (response.status().as_u16(), began.elapsed().as_millis());
    let time = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    let _ = std::io::Write::write_fmt(
        &mut anstream::stderr().lock(),
        format_args!("{time} {method} {route} {status} {took} ms\n"),
    );
    response
}

async fn health() -> Response {
    let text = format!(
        "{{\"status\":\"ok\",\"gouji\":\"{}\"}}\n",
        env!("CARGO_PKG_VERSION")
    );
    of_type("application/json", text)
}

async fn page(State(office): State<Arc<Office>>) -> Response {
    match &office.page {
        Some(page) => of_type("text/html; charset=utf-8", page.clone()),
        None => {
            let message = [
                "网页文件不在：请把 gouji.html 放在程序旁边，或用 --page 写明，再启动。接口照常可用。",
                "The page is missing: put gouji.html beside the program or name it with --page. The API works without it.",
            ];
            no(StatusCode::NOT_FOUND, "no-page", message).into_response()
        }
    }
}

async fn check(
    State(office): State<Arc<Office>>,
    Extension(client): Extension<Client>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Result<Response, No> {
    let question = asked?.0.question(&office, None)?;
    let file = body(&office, client, request).await?;
    match office.answer(client, question, file).await? {
        (Answer::Result(result), _) => office.reply(client, "application/json", result).await,
        _ => Err(Refused::Fault.into()),
    }
}

async fn fix(
    State(office): State<Arc<Office>>,
    Extension(client): Extension<Client>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Result<Response, No> {
    let time = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M").to_string();
    let question = asked?.0.question(&office, Some(time))?;
    let file = body(&office, client, request).await?;
    match office.answer(client, question, file).await? {
        (Answer::Copy(name), bytes) => {
            let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            let mut response = office.reply(client, kind, bytes).await?;
            let named = format!("attachment; filename*=UTF-8''{}", escaped(&name));
            if let Ok(value) = HeaderValue::from_str(&named) {
                response
                    .headers_mut()
                    .insert(header::CONTENT_DISPOSITION, value);
            }
            Ok(response)
        }
        // The result says why there is no copy.
        (Answer::Result(result), _) => {
            let mut response = office.reply(client, "application/json", result).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        (Answer::NotWritten(message), _) => Err(no(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-written",
            [&message, &message],
        )),
    }
}

impl Office {
    /// What a worker makes of a file. One that it failed on, or that took all the memory, cannot
    /// be read, and the result says so.
    async fn answer(
        self: &Arc<Self>,
        client: Client,
        question: Question,
        file: Held,
    ) -> Result<(Answer, Vec<u8>), No> {
        let office = Arc::clone(self);
        let head = serde_json::to_vec(&question).map_err(|_| Refused::Fault)?;
        let asked = move || office.workers.ask(&head, file.as_ref());
        match self.work.run(client, asked).await? {
            Ok(message) => {
                let answer = serde_json::from_slice(&message.head).map_err(|_| Refused::Fault)?;
                Ok((answer, message.body))
            }
            Err(Ended::Late(_)) => Err(Refused::Late.into()),
            Err(Ended::NotBegun) => Err(Refused::Fault.into()),
            Err(ended) => {
                let review = Review::Unreadable(ended.into());
                let result = answer::result(&question.name, &review, question.lang);
                let result = result.ok_or(Refused::Fault)?;
                Ok((Answer::Result(result), Vec::new()))
            }
        }
    }

    /// A response whose bytes are held until the client has taken them.
    async fn reply(
        &self,
        client: Client,
        kind: &'static str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<Response, No> {
        let held = self.room.hold(client, bytes.into()).await?;
        Ok(of_type(kind, Bytes::from_owner(held)))
    }
}

impl Asked {
    /// What is to be done; `copy` is the time for the marked copy, where that is wanted.
    fn question(self, office: &Office, copy: Option<String>) -> Result<Question, No> {
        let lang = match self.lang.as_deref() {
            None => office.options.lang,
            Some("zh") => Lang::Zh,
            Some("en") => Lang::En,
            Some(_) => {
                return Err(no(
                    StatusCode::BAD_REQUEST,
                    "lang",
                    ["lang 只能是 zh 或 en。", "lang is zh or en."],
                ));
            }
        };
        if let Some(form) = &self.form
            && office.catalog.form(form).is_none()
        {
            return Err(no(
                StatusCode::BAD_REQUEST,
                "form",
                ["没有这套表样。", "There is no such form set."],
            ));
        }
        if let Some(name) = &self.name
            && name.chars().count() > answer::LONGEST_NAME
        {
            let most = answer::LONGEST_NAME;
            let message = [
                &format!("文件名（name）最多 {most} 个字。"),
                &format!("The file's name has {most} characters at most."),
            ];
            return Err(no(
                StatusCode::BAD_REQUEST,
                "name",
                message.map(String::as_str),
            ));
        }
        Ok(Question {
            name: self.name.unwrap_or_else(|| "workbook".to_owned()),
            lang,
            form: self.form.or_else(|| office.options.form.clone()),
            copy,
        })
    }
}

/// The file that was sent, within the limits of size and time.
async fn body(office: &Office, client: Client, request: Request) -> Result<Held, No> {
    let file = in_time(SENDING, received(office, client, request.into_body())).await?;
    if file.as_ref().is_empty() {
        let message = [
            "请求里没有文件：请把工作簿作为请求正文发来。",
            "No file was sent: the workbook is the body of the request.",
        ];
        return Err(no(StatusCode::BAD_REQUEST, "empty", message));
    }
    Ok(file)
}

/// What is received, where it comes in this time.
async fn in_time<T>(
    time: Duration,
    received: impl Future<Output = Result<T, No>>,
) -> Result<T, No> {
    let late = |_| {
        let message = [
            "文件发送得太慢，没有收完。",
            "The file was sent too slowly.",
        ];
        no(StatusCode::REQUEST_TIMEOUT, "slow", message)
    };
    tokio::time::timeout(time, received).await.map_err(late)?
}

/// What comes, to its end.
async fn received(office: &Office, client: Client, mut body: Body) -> Result<Held, No> {
    let too_large = || {
        let message = [
            "文件太大，没有核对。",
            "The file is too large and was not checked.",
        ];
        no(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message)
    };
    let said = body.size_hint();
    if said.lower() > office.file_bytes as u64 {
        return Err(too_large());
    }
    let said = said.exact().and_then(|bytes| usize::try_from(bytes).ok());
    let most = said.unwrap_or(office.file_bytes);
    let mut file = Held::default();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| {
            let message = [
                "文件没有收完整，请再发一次。",
                "The file broke off; please send it again.",
            ];
            no(StatusCode::BAD_REQUEST, "broken-off", message)
        })?;
        // What is no data is what may stand behind it.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if data.len() > office.file_bytes - file.as_ref().len() {
            return Err(too_large());
        }
        file.add(&office.room, client, &data, most).await?;
    }
    Ok(file)
}

/// A name as a header takes it.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => {
                text.push(char::from(byte));
            }
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn of_type(kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let value = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, value);
    response
}

fn no(status: StatusCode, kind: &'static str, message: [&str; 2]) -> No {
    No {
        status,
        kind,
        message: message.map(str::to_owned),
    }
}

impl From<QueryRejection> for No {
    fn from(_: QueryRejection) -> Self {
        let message = [
            "地址里问号后面只能写 name、lang、form，每个最多写一次。",
            "Behind the question mark stand name, lang and form, each at most once.",
        ];
        no(StatusCode::BAD_REQUEST, "query", message)
    }
}

impl From<Refused> for No {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Busy => no(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                [
                    "正在核对的太多了，请过几秒再发。",
                    "Too many files are being checked; please try again in a few seconds.",
                ],
            ),
            Refused::Greedy => no(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many",
                [
                    "同时发来的请求太多，请等前面的答复回来再发。",
                    "Too many requests at a time; wait for earlier answers.",
                ],
            ),
            Refused::Late => no(
                StatusCode::SERVICE_UNAVAILABLE,
                "deadline",
                [
                    "这份文件核对用时太长，已经放弃；它可能损坏，请另存一份再发。",
                    "Checking took too long and was given up; the file may be damaged. Save it anew and send it again.",
                ],
            ),
            Refused::Fault => no(
                StatusCode::INTERNAL_SERVER_ERROR,
                "fault",
                [
                    "程序出错，这份文件没有核对，请再发一次。",
                    "The program failed and the file was not checked; please send it again.",
                ],
            ),
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let text = serde_json::json!({
            "error": {"kind": self.kind, "zh": self.message[0], "en": self.message[1]}
        });
        let mut response = of_type("application/json", format!("{text}\n"));
        *response.status_mut() = self.status;
        if matches!(self.kind, "busy" | "too-many") {
            let soon = HeaderValue::from_static("2");
            response.headers_mut().insert(header::RETRY_AFTER, soon);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::block;
    use super::*;

    #[test]
    fn what_does_not_come_to_its_end_is_408() {
        let said = |received: Result<(), No>| received.map_err(|no| (no.status.as_u16(), no.kind));
        block(async {
            let late = in_time(Duration::ZERO, std::future::pending()).await;
            assert_eq!(said(late), Err((408, "slow")));
            let other = || no(StatusCode::BAD_REQUEST, "broken-off", ["", ""]);
            for (received, answer) in [(Ok(()), Ok(())), (Err(other()), Err((400, "broken-off")))] {
                let received = std::future::ready(received);
                assert_eq!(said(in_time(SENDING, received).await), answer);
            }
        });
    }
}
