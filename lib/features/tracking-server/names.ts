/** What the tracking server's objects and its Service are called: its host name in the namespace. */
export const NAME = 'mlflow';

/** The port that the server and its Service listen on. */
export const PORT = 5000;
