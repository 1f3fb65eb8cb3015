/** The value of the header of that name. */
export declare const contentSecurityPolicy: string;
